"""Fixed points of the step map for an input that does not change, and whether they are stable."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics import cell_parameters, checks
from seqjax.basics.cell import Cell
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params
from seqjax.diagnostics.step_map import jacobian, step_map

HALVINGS = 12
"""Of a Newton step, down to 2^-12 of it."""


class FixedPoints(NamedTuple):
    """K states that a step leaves where they are, those that most starts led to first."""

    states: np.ndarray
    """[K, N]"""
    residuals: np.ndarray
    """[K], |step(s) - s|"""
    eigenvalues: np.ndarray
    """[K, N], complex, of the Jacobian there, the largest in absolute value first"""
    stable: np.ndarray
    """bool [K], whether all of them are below 1 in absolute value"""
    starts: np.ndarray
    """[K], how many starts led there"""
    lost: int
    """starts that led to no fixed point within the steps"""


def newton(cell: Cell, params: Params, x: Array, starts: Array, steps: int = 60) -> Array:
    """Where damped Newton steps lead from starts [S, N] under the input x [D], [S, N].

        F(s) = step(s, x) - s,   s <- s + d with the d that makes |F| least, of
        d = -2^-i F'(s)^-1 F(s), i = 0 ... 12, and d = F(s), the step itself

    A start stays where nothing makes |F| smaller. A pure function, which may be compiled.
    """
    z = cell.project(params, jnp.broadcast_to(x, (len(starts), *jnp.shape(x))))
    step = step_map(cell, params, z)
    unit = jnp.eye(starts.shape[-1], dtype=starts.dtype)
    halves = 0.5 ** jnp.arange(HALVINGS + 1, dtype=starts.dtype)

    def residual(s: Array) -> Array:
        return step(s) - s

    def better(s: Array, _: None) -> tuple[Array, None]:
        found = residual(s)
        direction = jnp.linalg.solve(jacobian(step, s) - unit, -found[..., None])[..., 0]
        # Where F' is singular the direction is no number, and the step itself is left.
        direction = jnp.where(jnp.isfinite(direction), direction, 0)
        moves = jnp.concatenate([halves[:, None, None] * direction, found[None], 0 * found[None]])
        sizes = jax.vmap(lambda move: jnp.linalg.norm(residual(s + move), axis=-1))(moves)
        best = jnp.nanargmin(sizes, axis=0)
        return s + jnp.take_along_axis(moves, best[None, :, None], 0)[0], None

    return lax.scan(better, starts, None, length=steps)[0]


_newton = jax.jit(newton, static_argnums=(0, 4))


def fixed_points(
    cell: Cell,
    params: Params,
    x: Array,
    starts: Array,
    *,
    steps: int = 60,
    tolerance: float = 1e-5,
    apart: float = 1e-3,
) -> FixedPoints:
    """The distinct fixed points of s -> step(s, x) that starts lead to (Sussillo and Barak 2013).

    There, the minima of |step(s) - s|² are looked for, slow points too; here its zeros alone, by
    Newton's method with a line search.

    Args:
      x: [D], the input of all steps.
      starts: [S, N], flat states such as those of a ``trajectory``, or drawn around zero.
      steps: of Newton's method.
      tolerance: the largest |step(s) - s| of what counts as a fixed point.
      apart: the least distance of two that are distinct.

    Raises:
      ValueError: for parameters or an input that are not the cell's, or starts of another width.

    >>> from seqjax.cells import rnn
    >>> params = {"w_x": jnp.zeros((1, 1)), "w_h": jnp.full((1, 1), 0.5), "b": jnp.zeros(1)}
    >>> found = fixed_points(rnn(1), params, jnp.zeros(1), jnp.array([[-1.0], [0.3]]))
    >>> found.states.shape, bool(found.stable[0]), int(found.starts[0])
    ((1, 1), True, 2)
    """
    checks.cell(cell)
    x, starts = (
        jnp.asarray(checks.array(n, v, "floats")) for n, v in (("x", x), ("starts", starts))
    )
    cell_parameters.of_cell(cell, params, x.shape[-1] if x.ndim == 1 else None)
    if x.ndim != 1:
        raise ValueError(f"x: got shape {x.shape}, want one input [D]")
    flat = flat_state(cell, params)
    if starts.ndim != 2 or starts.shape[1] != flat.size or not len(starts):
        raise ValueError(f"starts: got shape {starts.shape}, want [S, {flat.size}], S at least 1")
    checks.positive("steps", steps)
    ends = _newton(cell, params, x, starts, steps)
    z = cell.project(params, jnp.broadcast_to(x, (len(ends), *x.shape)))
    step = step_map(cell, params, z)
    residuals = np.asarray(jnp.linalg.norm(step(ends) - ends, axis=-1))
    matrices = np.asarray(jax.jit(functools.partial(jacobian, step))(ends))
    found = np.asarray(ends)
    kept, members = _distinct(found, residuals, tolerance, apart)
    eigenvalues = np.linalg.eigvals(matrices[kept]).astype(complex)
    order = np.argsort(-np.abs(eigenvalues), axis=-1)
    eigenvalues = np.take_along_axis(eigenvalues, order, -1)
    return FixedPoints(
        found[kept],
        residuals[kept],
        eigenvalues,
        (np.abs(eigenvalues) < 1).all(-1),
        np.array(members, int),
        len(found) - sum(members),
    )


def _distinct(
    ends: np.ndarray, residuals: np.ndarray, tolerance: float, apart: float
) -> tuple[list[int], list[int]]:
    """(the best end of each cluster, its members), the largest cluster first."""
    clusters: dict[int, int] = {}
    for index in np.argsort(residuals, kind="stable"):
        if not residuals[index] <= tolerance:
            continue
        near = [k for k in clusters if np.linalg.norm(ends[k] - ends[index]) < apart]
        best = near[0] if near else int(index)
        clusters[best] = clusters.get(best, 0) + 1
    kept = sorted(clusters, key=lambda k: -clusters[k])
    return kept, [clusters[k] for k in kept]
