"""Lyapunov exponents: how fast states that lie close together part, or come together."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks, masks
from seqjax.basics.cell import Cell
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.diagnostics.step_map import push, step_map
from seqjax.diagnostics.trajectory import trajectory


class Lyapunov(NamedTuple):
    """Exponents along the trajectory of each row, in nats a step."""

    exponents: Array
    """[B, k], the largest first; NaN for a row without a step after the warm-up"""
    growth: Array
    """[T, B, k]: log of the growth at each step, 0 in the padding; exponents are means of it"""


def lyapunov(
    cell: Cell,
    params: Params,
    xs: Array,
    lengths: Array | None = None,
    carry: Carry | None = None,
    *,
    k: int | None = None,
    warmup: int = 0,
    key: Array | None = None,
) -> Lyapunov:
    """The k largest exponents along the states that xs [T, B, D] lead through.

        J_t Q_{t-1} = Q_t R_t,   λ_i = mean over t of log |R_t,ii|     (Benettin et al. 1980)

    Below 0: the past is forgotten, by the factor exp(λ) a step; above 0: small differences grow.
    A direction that a step loses altogether has -inf.

    Args:
      lengths: int [B].
      carry: before the first step.
      k: how many; None: all N. The largest alone, k=1, costs little more than the walk.
      warmup: steps at the beginning that turn Q into place and do not count.
      key: of the first Q; None: always the same.

    Raises:
      ValueError: as ``trajectory``, for a k outside [1, N], or a warmup below 0.

    >>> from seqjax.cells import rnn
    >>> cell = rnn(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> spectrum = jax.jit(lyapunov, static_argnums=0, static_argnames="k")
    >>> spectrum(cell, params, jnp.zeros((50, 2, 3)), k=1).exponents.shape
    (2, 1)
    """
    checks.natural("warmup", warmup)
    checks.cell(cell)
    size = flat_state(cell, params).size
    k = size if k is None else k
    checks.positive("k", k)
    if k > size:
        raise ValueError(f"k: got {k}, want at most {size}, the numbers in a state of {cell.name}")
    walk = trajectory(cell, params, xs, lengths, carry)
    steps, batch, _ = walk.before.shape
    shape = (batch, size, k)
    drawn = jax.random.normal(jax.random.key(0) if key is None else key, shape, walk.before.dtype)

    def one(q: Array, now: tuple[Array, Tree, Array | None]) -> tuple[Array, Array]:
        s, z, alive = now
        pushed = push(step_map(cell, params, z), s, jnp.moveaxis(q, -1, 0))
        turned, r = jnp.linalg.qr(jnp.moveaxis(pushed, 0, -1))
        growth = jnp.log(jnp.abs(jnp.diagonal(r, axis1=-2, axis2=-1)))
        return masks.choose(alive, turned, q), masks.zero(alive, growth)

    first = jnp.linalg.qr(drawn)[0]
    _, growth = lax.scan(one, first, (walk.before, walk.zs, walk.real))
    counted = jnp.arange(steps)[:, None] >= warmup
    counted = counted if walk.real is None else counted & walk.real
    counted = jnp.broadcast_to(counted, (steps, batch))
    # Not growth * counted: a step that does not count may be -inf.
    total = masks.zero(counted, growth).sum(0)
    means = total / counted.sum(0)[:, None]
    return Lyapunov(-jnp.sort(-means, axis=-1), growth)
