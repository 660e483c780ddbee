"""``sequential``: lax.scan and ordinary autodiff, the reference for every other driver."""

from __future__ import annotations

from typing import Any

from jax import lax

from seqjax.basics import masks
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import door


def walk_steps(
    cell: Cell, params: Params, walk: door.Walk, reverse: bool, states: bool
) -> door.Walked:
    """The walk as a scan that JAX differentiates."""

    def body(carry: Carry, now: tuple) -> tuple[Carry, tuple]:
        z, real, restart = now
        before = masks.choose(restart, walk.start, carry) if restart is not None else carry
        after = masks.choose(real, cell.step(params, before, z), before)
        return after, (cell.read(after), after if states else None)

    zs = cell.project(params, walk.xs)
    carry, out = lax.scan(body, walk.carry, (zs, walk.real, walk.restarts), reverse=reverse)
    return door.Walked(carry, *out)


def sequential(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
) -> Any:
    """Walks ``cell`` over xs one step after the other: (carry, hs), or (carry, hs, states).

    The input projection is made for all steps at once; the rest is a ``lax.scan`` that JAX
    differentiates. Serves every cell, forward and reverse mode, to any order.

    Args:
      xs: [T, B, D].
      lengths: int [B]; past its length a row's carry stands still and its output is zero.
      carry: the state before the first step; None means ``cell.start``.
      resets: bool [T, B]; marks the first step of each document in a row. Before it, or walking
        backwards after it, the row goes back to the start carry.
      reverse: walk from the last step to the first; padding stays at the end.
      states: also return the carry after each step, stacked along time.

    Raises:
      ValueError: naming the argument that contradicts the others.
    """
    walk = door.enter(cell, params, xs, lengths, carry, resets, reverse)
    return door.leave(walk, walk_steps(cell, params, walk, reverse, states), states)
