"""The records everything hangs on: Gate, Cell and Layer, NamedTuples of pure functions.

Dimension letters, the same in every file: T time, B batch, D input width, H state width, k gates,
P width fed back, N heads. Sequences are time first, [T, B, ...].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

Array = jax.Array
Params = dict[str, Any]
Tree = Any  # nested tuples and dicts of arrays
Carry = Any  # a tree of [B, ...] arrays, float32 or wider


class Gate(NamedTuple):
    """The pointwise half of a cell: what happens after the product.

    ``gate(params, z, u, carry) -> carry`` is the ordinary function and may be differentiated in any
    mode and to any order. The other fields let a driver write the backward pass itself. Build gates
    with ``seqjax.basics.gates``, not by hand.
    """

    plain: Callable[[Params, Tree, Array, Carry], Carry]
    """(params, z, u, carry) -> carry"""
    fold: Callable[[Params], Params]
    """Multiplies constants of the activations into the weights, once and exactly."""
    forward: Callable[[Params, Tree, Array, Carry], tuple[Carry, Tree, Tree]]
    """Folded params, z, u, carry -> (carry, kept, extra); ``kept`` fits into the place of z."""
    backward: Callable[[Params, Tree, Tree, Carry, Carry], tuple[Params, Tree, Array | None, Carry]]
    """(params, kept, extra, carry, dcarry) -> (dparams, dz, du, dcarry); du None: shared(dz)."""
    shared: Callable[[Tree], Array] | None = None
    """dz -> du where the gate looks at z + u alone; None where z and u enter apart."""
    single: bool = False
    """Whether forward reads z in one place alone, so that it can be overwritten there."""
    bias: str | None = None
    """The parameter that is added to the last columns of u, if there is one."""

    def __call__(self, params: Params, z: Tree, u: Array, carry: Carry) -> Carry:
        return self.plain(params, z, u, carry)


class Fused(NamedTuple):
    """That a cell is one which kernels walk in one call, and how libraries write it down."""

    kind: str
    """lstm, gru (reset after the product) or rnn (tanh), with a dense w_h [H, kH]"""
    parts: tuple
    """project, step and read of that cell, so that what is made from it is not taken for it"""
    weights: Callable[[Params], tuple[Array, Array, Array, Array]] | None = None
    """lstm: params -> w_ih [4H, D], w_hh [4H, H], b_ih [4H], b_hh [4H], rows i f g o"""


class Cell(NamedTuple):
    """One recurrence. Factories make them: ``lstm(200)``.

    A cell that is gate(z, h . w_h, carry) gives ``hidden`` and ``gate`` and keeps its recurrent
    weight in params["w_h"]; any other gives ``step`` alone. See ``cells/template.py``.
    """

    name: str
    width: int
    """Of what ``read`` gives."""
    init: Callable[[Array, int], Params]
    """(key, d) -> parameters for inputs of width d"""
    start: Callable[[Params, tuple[int, ...]], Carry]
    """(params, batch_shape) -> the state before the first step"""
    project: Callable[[Params, Tree], Tree]
    """(params, xs) -> zs: everything that needs no past, for all steps at once"""
    read: Callable[[Carry], Array]
    """carry -> y, linear in the carry"""
    step: Callable[[Params, Carry, Tree], Carry]
    """(params, carry, z) -> carry"""
    hidden: Callable[[Params, Carry], Array] | None = None
    """(params, carry) -> h, the part fed back, linear in the carry"""
    gate: Gate | None = None
    affine: Callable[[Params, Tree], tuple[Array, Array]] | None = None
    """(params, zs) -> (a, b) with carry' = a * carry + b, for cells linear in time"""
    perturb: Callable[[Params, Tree, Array], tuple[Params, Tree]] | None = None
    """(params, xs, key) -> (params, xs) that hold all the noise of one pass over xs"""
    fused: Fused | None = None
    """Ask ``seqjax.basics.build.fused``, which knows whether it still holds."""


class Layer(NamedTuple):
    """A map from sequences to sequences with a state.

    ``apply(params, xs, lengths=None, carry=None, *, resets=None, key=None) -> (carry, hs)`` walks a
    whole sequence; without a key there is no noise. ``step(params, carry, x) -> (carry, h)`` walks
    one step, without noise, and is None where the layer needs the future.
    """

    init: Callable[[Array, int], Params]
    width: Callable[[int], int]
    start: Callable[[Params, tuple[int, ...]], Carry]
    apply: Callable[..., tuple[Carry, Array]]
    step: Callable[[Params, Carry, Array], tuple[Carry, Array]] | None
