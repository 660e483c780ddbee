"""A gate for drivers that write the backward pass themselves.

``forward`` says what to keep of a step, ``backward`` gets along with that and the carry before it.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics.gates import (
    Gate,
    activate,
    active_columns,
    active_letters,
    is_additive,
    pairs_of,
    values_of,
)
from seqjax.basics.trees import floats, merge
from seqjax.basics.types import Array, Carry, Params, Tree


class Cotangents(NamedTuple):
    """What ``backward`` gives: the cotangents of the arguments of ``apply``."""

    params: Params
    z: Array
    u: Array | None
    """None where it equals that of z"""
    carry: Carry
    side: Tree
    """of the floating leaves alone"""


def reads_z_once(gate: Gate) -> bool:
    """Whether ``forward`` reads z in one place, so that XLA can write what it keeps over it."""
    return bool(gate.activations) and is_additive(gate)


def slope(gate: Gate, act: Array) -> Array:
    """The derivative of ``activate`` from its value."""
    return (act > 0).astype(act.dtype) if "r" in gate.activations else 1 - act * act


def forward(
    gate: Gate, params: Params, z: Array, u: Array, carry: Carry, side: Tree
) -> tuple[Carry, Array, Array | None]:
    """(carry, kept, aux) for folded z and u.

    ``kept`` has the shape of z and fits into its place: activations, or sums, or z of blocks that
    are not activated. ``aux`` is u of the latter, None without such blocks.
    """
    if not gate.activations:
        pre = z + u
        return gate.combine(params, pre, carry, side), pre, None
    active, m = active_letters(gate), active_columns(gate, z.shape[-1])
    if not active:
        return _combine(gate, params, [], z, u, carry, side), z, u
    if active == gate.activations:
        acts = activate(gate, z + u)
        blocks = jnp.split(acts, len(active), -1)
        return _combine(gate, params, blocks, z, None, carry, side), acts, None
    acts = activate(gate, z[..., :m] + u[..., :m])
    blocks, raw_z, raw_u = jnp.split(acts, len(active), -1), z[..., m:], u[..., m:]
    new = _combine(gate, params, blocks, raw_z, raw_u, carry, side)
    return new, jnp.concatenate([acts, raw_z], -1), raw_u


def recombine(
    gate: Gate, params: Params, kept: Array, aux: Array | None, carry: Carry, side: Tree
) -> Carry:
    """The carry that ``forward`` gave, from what that kept and the carry before."""
    if not gate.activations:
        return gate.combine(params, kept, carry, side)
    active, m = active_letters(gate), active_columns(gate, kept.shape[-1])
    acts = jnp.split(kept[..., :m], len(active), -1) if active else []
    return _combine(gate, params, acts, kept[..., m:], aux, carry, side)


def _combine(
    gate: Gate,
    params: Params,
    acts: list[Array],
    z: Array,
    u: Array | None,
    carry: Carry,
    side: Tree,
) -> Carry:
    """``combine`` of activations and, where there is a u, the pairs of (z, u)."""
    pairs = [] if u is None else pairs_of(gate, params, z, u)
    return gate.combine(params, [*values_of(gate, acts), *pairs], carry, side)


def backward(
    gate: Gate,
    params: Params,
    kept: Array,
    aux: Array | None,
    carry: Carry,
    side: Tree,
    dcarry: Carry,
) -> Cotangents:
    """The transpose of the derivative of ``forward``, from what that kept and the carry before."""
    moving, still = floats(side)
    active, m = active_letters(gate), active_columns(gate, kept.shape[-1])
    if not gate.activations:

        def of_sums(params: Params, pre: Array, carry: Carry, moving: Tree) -> Carry:
            return gate.combine(params, pre, carry, merge(moving, still))

        dparams, dz, dbefore, dside = jax.vjp(of_sums, params, kept, carry, moving)[1](dcarry)
        return Cotangents(dparams, dz, None, dbefore, dside)

    def of_blocks(
        params: Params, acts: list[Array], z: Array, u: Array | None, carry: Carry, moving: Tree
    ) -> Carry:
        return _combine(gate, params, acts, z, u, carry, merge(moving, still))

    acts = jnp.split(kept[..., :m], len(active), -1) if active else []
    _, vjp = jax.vjp(of_blocks, params, acts, kept[..., m:], aux, carry, moving)
    dparams, dacts, dz, du, dbefore, dside = vjp(dcarry)
    if not active:
        return Cotangents(dparams, dz, du, dbefore, dside)
    # The barrier keeps the concatenation apart from the maths: fused with it, it would lose its
    # vector instructions on XLA:CPU.
    pieces = [d * slope(gate, act) for d, act in zip(dacts, acts, strict=True)]
    dpre = jnp.concatenate(jax.lax.optimization_barrier(pieces), -1)
    if du is None:
        return Cotangents(dparams, dpre, None, dbefore, dside)
    dz, du = (jnp.concatenate([dpre, d], -1) for d in (dz, du))
    return Cotangents(dparams, dz, du, dbefore, dside)
