"""``chunked``: memory of order sqrt(T), for long sequences."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array, Carry, Cell, Params, Tree
from seqjax.drivers import door
from seqjax.drivers.hoisted import walk_fast
from seqjax.drivers.sequential import walk_steps


def chunked(
    cell: Cell,
    params: Params,
    xs: Tree,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    resets: Array | None = None,
    reverse: bool = False,
    states: bool = False,
    size: int | None = None,
) -> Any:
    """Walks ``cell`` over xs chunk by chunk. Arguments and results: ``sequential``.

    Of each chunk only the first carry is kept; the rest is made again on the way back (Chen et al.
    2016). That takes one more forward pass, and memory for T/size carries and one chunk instead of
    T steps. Within a chunk the cell is walked as ``hoisted`` does if it has a gate, else as
    ``sequential`` does.

    Args:
      size: steps in a chunk; None means about sqrt(T).
    """
    walk = door.enter(cell, params, xs, lengths, carry, resets, reverse)
    steps = jax.tree.leaves(walk.xs)[0].shape[0]
    size = size or math.isqrt(max(steps - 1, 0)) + 1
    checks.positive("size", size)
    inner = walk_steps if cell.gate is None else walk_fast

    # The start carry depends on the parameters, so it is handed to the checkpoint, not closed over.
    def chunk(params: Params, start: Carry, carry: Carry, part: tuple) -> door.Walked:
        xs, real, restarts = part
        return inner(cell, params, door.Walk(xs, carry, start, real, restarts), reverse, states)

    def body(carry: Carry, part: tuple) -> tuple[Carry, tuple]:
        end = jax.checkpoint(chunk, prevent_cse=False)(params, walk.start, carry, part)
        return end.carry, (end.hs, end.states)

    whole = steps // size * size
    parts = (walk.xs, walk.real, walk.restarts)
    head = jax.tree.map(lambda a: a[:whole].reshape(-1, size, *a.shape[1:]), parts)
    rest = jax.tree.map(lambda a: a[whole:], parts)
    carry = walk.carry
    if reverse and whole < steps:
        carry, tail = body(carry, rest)
    carry, out = lax.scan(body, carry, head, reverse=reverse)
    out = jax.tree.map(lambda a: a.reshape(whole, *a.shape[2:]), out)
    if not reverse and whole < steps:
        carry, tail = body(carry, rest)
    if whole < steps:
        out = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), out, tail)
    return door.leave(walk, door.Walked(carry, *out), states)
