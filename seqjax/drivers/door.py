"""The common way into and out of every driver: checks, padding, resets, the start carry."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.types import Array, Carry, Cell, Params, Tree


class Walk(NamedTuple):
    """A checked call: what a driver needs to know besides the cell."""

    xs: Tree
    """[T, B, ...] with zeros in the padding, whatever stood there"""
    carry: Carry
    start: Carry
    real: Array | None
    """bool [T, B], None without padding"""
    restarts: Array | None
    """bool [T, B] in the order of walking, None without resets"""


class Walked(NamedTuple):
    """What a driver made of it, padding not yet zeroed."""

    carry: Carry
    """after the last step"""
    hs: Array
    states: Carry | None
    """the carry after each step, if asked for"""


def enter(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None,
    carry: Carry | None,
    resets: Array | None,
    reverse: bool,
) -> Walk:
    """Checks the arguments of a driver and prepares them."""
    steps, batch = checks.sequence(params, xs)
    lengths = checks.lengths(lengths, steps, batch)
    resets = checks.resets(resets, steps, batch)
    start = cell.start(params, (batch,))
    carry = start if carry is None else checks.carry(cell, params, carry, start)
    real = masks.valid(lengths, steps)
    xs = masks.zero(real, jax.tree.map(jnp.asarray, xs))
    return Walk(xs, carry, start, real, masks.restarts(resets, real, reverse=reverse))


def leave(walk: Walk, walked: Walked, states: bool) -> tuple:
    """The result of a driver: outputs in the dtype of the inputs, zero in the padding."""
    hs = walked.hs
    floats = [x for x in jax.tree.leaves(walk.xs) if jnp.issubdtype(x.dtype, jnp.floating)]
    hs = masks.zero(walk.real, hs.astype(floats[0].dtype) if floats else hs)
    return (walked.carry, hs, walked.states) if states else (walked.carry, hs)
