"""All states of a cell on its way through a sequence: where the instruments look."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import cell_parameters, checks, masks, states
from seqjax.basics.cell import Cell, advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Carry, Params, Tree


class Trajectory(NamedTuple):
    """What a walk over T steps leaves; states are flat, as ``flat_state`` has them."""

    before: Array
    """[T, B, N], the state that each step begins with"""
    after: Array
    """[T, B, N], the state that it ends with"""
    hs: Array
    """[T, B, H], outputs; zero in the padding"""
    zs: Tree
    """[T, B, ...], projected inputs"""
    real: Array | None
    """bool [T, B], which steps are no padding; None: all"""


def trajectory(
    cell: Cell,
    params: Params,
    xs: Array,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    nudges: Array | None = None,
) -> Trajectory:
    """Walks ``cell`` over xs [T, B, D] without noise and keeps every state.

        s_t = step(s_{t-1}, x_t) + nudge_t,   y_t = read(s_t)

    Args:
      lengths: int [B]; past its length a row's state stands still.
      carry: before the first step; None: that of ``cell.start``.
      nudges: [T, B, N], added to the states. Zeros change nothing, but the gradient of a loss with
        respect to them is dL/ds_t.

    Raises:
      ValueError: for what is no cell, or parameters, inputs, lengths, a carry or nudges that do not
        fit each other.

    >>> from seqjax.cells import gru
    >>> cell = gru(4)
    >>> walk = trajectory(cell, cell.init(jax.random.key(0), 3), jnp.ones((5, 2, 3)))
    >>> walk.after.shape, bool((walk.before[1:] == walk.after[:-1]).all())
    ((5, 2, 4), True)
    """
    checks.cell(cell)
    xs = jnp.asarray(checks.array("xs", xs, "an array [T, B, D], time first"))
    cell_parameters.of_cell(cell, params, xs.shape[-1] if xs.ndim else None)
    steps, batch = checks.sequence(params, xs)
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    flat = flat_state(cell, params)
    if carry is None:
        carry = cell.start(params, (batch,))
    else:
        states.of_rows(cell, params, carry, (batch,))
    if nudges is not None and jnp.shape(nudges) != (steps, batch, flat.size):
        raise ValueError(f"nudges: got shape {jnp.shape(nudges)}, want {(steps, batch, flat.size)}")
    zs = cell.project(params, masks.zero(real, xs))

    def body(s: Array, now: tuple[Tree, Array | None, Array | None]) -> tuple[Array, Array]:
        z, alive, nudge = now
        new = flat.ravel(advance(cell, params, flat.unravel(s), z))
        new = new if nudge is None else new + nudge
        new = masks.choose(alive, new, s)
        return new, new

    first = flat.ravel(carry)
    _, after = lax.scan(body, first, (zs, real, nudges))
    before = jnp.concatenate([first[None], after[:-1]])
    hs = jax.vmap(lambda s: cell.read(flat.unravel(s)))(after)
    return Trajectory(before, after, masks.zero(real, hs), zs, real)
