"""Gates: the pointwise half of a cell as data, and ``apply``, the ordinary function of it.

``apply`` is differentiable in any mode and to any order. What drivers need that write the backward
pass themselves is in ``gate_passes``. All of it serves batches of any rank.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry, Params, Tree


class Gate(NamedTuple):
    """What happens after the product, carry' = gate(z, u, carry) with z from x and u = h . w_h.

    ``combine(params, blocks, carry, side) -> carry`` is ordinary JAX for rows [B, ...] that do not
    see each other; steps may come as rows of one batch. What it depends on belongs into params.
    ``activations`` has a letter for each block of H columns, in order:

        s   sigmoid(z + u), t   tanh(z + u), or all blocks r: relu(z + u)
        -   not activated: the pair (z, u); last. "-" alone is the pair of everything

    and ``blocks`` is the list of their values. With "" ``blocks`` is the array z + u itself.
    ``side`` is what wrappers hand to combine alone, such as masks; None without them.
    """

    combine: Callable[[Params, Any, Carry, Tree], Carry]
    activations: str = ""
    bias: str | None = None
    """The parameter that is added to u of the blocks that are not activated, [their columns]."""


def active_letters(gate: Gate) -> str:
    """The letters of the activated blocks. Raises ValueError where the gate contradicts itself."""
    letters = gate.activations
    if not callable(gate.combine) or not isinstance(letters, str):
        raise ValueError(f"gate: got {gate!r}, want Gate(a function, letters)")
    active = letters.rstrip("-")
    if not set(active) <= set("st") and set(active) != {"r"}:
        raise ValueError(
            f"activations: got {letters!r}; want letters s and t, or r alone, and then - if needed"
        )
    if gate.bias and active == letters:
        raise ValueError(
            f"bias: got {gate.bias!r}, but activations {letters!r} have no - block to add it to"
        )
    return active


def is_additive(gate: Gate) -> bool:
    """Whether the gate looks at z + u alone, so that both have the same cotangent."""
    return active_letters(gate) == gate.activations


def fold(gate: Gate, x: Array) -> Array:
    """x [..., kH] times the constants of the activations: what ``forward`` wants of z and w_h.

    sigmoid(x) = tanh(x/2)/2 + 1/2, so one tanh over contiguous columns serves the letters s and t;
    the halves of x/2 are folded into the weights once, and exactly, being powers of two.
    """
    letters = gate.activations
    if "s" not in letters:
        return x
    halves = jnp.array([0.5 if letter == "s" else 1.0 for letter in letters], x.dtype)
    return x * jnp.repeat(halves, x.shape[-1] // len(letters))


def activate(gate: Gate, pre: Array) -> Array:
    """tanh of folded sums, or relu."""
    return jax.nn.relu(pre) if "r" in gate.activations else jnp.tanh(pre)


def active_columns(gate: Gate, width: int) -> int:
    """How many of ``width`` columns belong to activated blocks; they come first."""
    return width // max(len(gate.activations), 1) * len(active_letters(gate))


def values_of(gate: Gate, acts: list[Array]) -> list[Array]:
    """The blocks from what ``activate`` gave."""
    letters = zip(active_letters(gate), acts, strict=True)
    return [0.5 * act + 0.5 if letter == "s" else act for letter, act in letters]


def pairs_of(gate: Gate, params: Params, z: Array, u: Array) -> list[tuple[Array, Array]]:
    """(z, u) of each block that is not activated; z and u hold these blocks alone."""
    count = gate.activations.count("-")
    if gate.bias:
        u = u + params[gate.bias].astype(u.dtype)
    return list(zip(jnp.split(z, count, -1), jnp.split(u, count, -1), strict=True))


def blocks(gate: Gate, params: Params, z: Array, u: Array) -> Any:
    """What ``combine`` gets of z and u, which are not folded."""
    active = active_letters(gate)
    if not gate.activations:
        return z + u
    m, letters = active_columns(gate, z.shape[-1]), len(gate.activations)
    values: list[Any] = []
    if active:
        pre = fold(Gate(gate.combine, active), z[..., :m] + u[..., :m])
        values = values_of(gate, jnp.split(activate(gate, pre), len(active), -1))
    if len(active) < letters:
        values += pairs_of(gate, params, z[..., m:], u[..., m:])
    return values


def apply(gate: Gate, params: Params, z: Array, u: Array, carry: Carry, side: Tree = None) -> Carry:
    """The carry after the step, for z and u [..., kH]."""
    return gate.combine(params, blocks(gate, params, z, u), carry, side)
