"""Jacobians of the step map s_{t-1} -> s_t, their singular values, and those of their products."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks, masks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.diagnostics.distance import by_distance
from seqjax.diagnostics.step_map import jacobian, step_map
from seqjax.diagnostics.trajectory import trajectory


def step_jacobians(
    cell: Cell,
    params: Params,
    xs: Array,
    lengths: Array | None = None,
    carry: Carry | None = None,
) -> Array:
    """J [T, B, N, N] along the states that xs [T, B, D] lead through.

        J[t, b, i, j] = ∂ s_t[b, i] / ∂ s_{t-1}[b, j]

    Of a plain RNN J = diag(1 - h_t²) w_hᵀ. The unit matrix in the padding, where the state stands
    still. T B N² numbers: for wide cells take few rows and steps.

    Raises:
      ValueError: as ``trajectory``.

    >>> import jax
    >>> from seqjax.cells import rnn
    >>> cell = rnn(4)
    >>> params = cell.init(jax.random.key(0), 3)
    >>> step_jacobians(cell, params, jnp.zeros((5, 2, 3))).shape
    (5, 2, 4, 4)
    """
    walk = trajectory(cell, params, xs, lengths, carry)
    unit = jnp.eye(walk.before.shape[-1], dtype=walk.before.dtype)

    def one(_: None, now: tuple[Array, Tree, Array | None]) -> tuple[None, Array]:
        s, z, alive = now
        found = jacobian(step_map(cell, params, z), s)
        return None, masks.choose(alive, found, jnp.broadcast_to(unit, found.shape))

    _, jacobians = lax.scan(one, None, (walk.before, walk.zs, walk.real))
    return jacobians


def singular_values(jacobians: Array) -> Array:
    """Those of each matrix [..., N, N], the largest first, [..., N]."""
    values: Array = jnp.linalg.svd(jacobians, compute_uv=False)
    return values


def product_singular_values(
    jacobians: Array, lengths: Array | None = None, distances: Sequence[int] = ()
) -> Array:
    """log singular values of J_T ... J_{T-k+1} by distance k, [K, B, N], in nats, largest first.

    They say how many directions of the state at a distance still reach the end. Products are scaled
    on the way, so that none vanishes; values more than the precision of the dtype below the largest
    (factor 1e7 of float32) are rounding. NaN where a row is shorter than k.

    Args:
      jacobians: [T, B, N, N], those of ``step_jacobians``.
      lengths: int [B], those that they were made with.
      distances: k, between 0 and T; none: all.

    Raises:
      ValueError: for jacobians of another shape, lengths that do not fit, or distances beyond T.
    """
    if jnp.ndim(jacobians) != 4 or jacobians.shape[-1] != jacobians.shape[-2]:
        raise ValueError(f"jacobians: got shape {jnp.shape(jacobians)}, want [T, B, N, N]")
    steps, batch, size = jacobians.shape[:3]
    wanted = list(distances) or list(range(steps + 1))
    if not all(0 <= k <= steps for k in wanted):
        raise ValueError(f"distances: got {wanted}, want numbers between 0 and {steps}")

    def back(
        now: tuple[Array, Array], step: Array
    ) -> tuple[tuple[Array, Array], tuple[Array, ...]]:
        product, log_norm = now
        longer = product @ step
        norm = jnp.sqrt((longer**2).sum((-2, -1)))
        new = longer / jnp.where(norm > 0, norm, 1)[:, None, None], log_norm + jnp.log(norm)
        return new, new

    dtype = jacobians.dtype
    unit = jnp.broadcast_to(jnp.eye(size, dtype=dtype), (batch, size, size))
    first = unit, jnp.zeros(batch, dtype)
    _, (products, log_norms) = lax.scan(back, first, jacobians, reverse=True)
    checked = checks.lengths(lengths, steps, batch)
    chosen = jnp.array(wanted)
    products = by_distance(jnp.concatenate([unit[None], products[::-1]]), checked)[chosen]
    log_norms = by_distance(jnp.concatenate([first[1][None], log_norms[::-1]]), checked)[chosen]
    missing = jnp.isnan(log_norms)
    values = singular_values(jnp.where(missing[..., None, None], unit, products))
    # A product that is zero has log_norm -inf, and stays so.
    return jnp.where(missing[..., None], jnp.nan, jnp.log(values) + log_norms[..., None])
