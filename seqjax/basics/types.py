"""The types that everything hangs on: arrays, trees of them, and Layer.

Dimension letters, the same in every file: T time, B batch, D input width, H state width, k gates,
P width fed back, N heads. Sequences are time first, [T, B, ...]. Gates are in ``gates``, cells in
``cell``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

Array = jax.Array
Params = dict[str, Any]
Tree = Any  # nested tuples and dicts of arrays
Carry = Any  # a tree of [B, ...] arrays, float32 or wider


class Layer(NamedTuple):
    """A map from sequences to sequences with a state.

    ``apply(params, xs, lengths=None, carry=None, *, resets=None, key=None) -> (carry, hs)`` walks a
    whole sequence; without a key there is no noise. ``step(params, carry, x) -> (carry, h)`` walks
    one step, without noise, and is None where the layer needs the future.
    """

    init: Callable[[Array, int], Params]
    """(key, d) -> parameters for inputs of width d"""
    width: Callable[[int], int]
    """width of the inputs -> width of the outputs"""
    start: Callable[[Params, tuple[int, ...]], Carry]
    """(params, batch_shape) -> the state before the first step"""
    apply: Callable[..., tuple[Carry, Array]]
    step: Callable[[Params, Carry, Array], tuple[Carry, Array]] | None
