"""Which derivatives of a step are zero whatever the numbers: found by the step itself, with NaN.

A derivative times NaN is NaN, also where it is zero by chance, but what an entry does not enter
stays a number. So a tangent that is NaN in one entry of the state shows which entries of the next
state it enters, and a cotangent that is NaN in one entry of the next state which parameters enter
that. Branches (relu, masks) are seen by the rows that take them; the rows tried have states and
inputs that are all positive, all negative and mixed, and boolean inputs all true, all false and
mixed.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params, Tree
from seqjax.online.flat_step import FlatStep, flat_step, split

ROWS = 8
"""Rows of one try."""
Pattern = np.ndarray
"""bool, True where a derivative may be other than zero"""


class Sparsity(NamedTuple):
    """Of one step, for all states, inputs and parameters."""

    state: Pattern
    """[N, N]: ∂s'[i] / ∂s[j]"""
    learned: Pattern
    """[N, P]: ∂s'[i] / ∂θ[p], or ∂s_0[i] / ∂θ[p] of the start"""
    starts: bool
    """whether the start depends on any θ"""


def sparsity(cell: Cell, params: Params, x: Tree, *, local: bool = False) -> Sparsity:
    """The zeros of a step of ``cell`` for inputs x [B, ...], both by shape alone.

    Args:
      local: of ∂s'/∂s without what passes through w_h.

    Raises:
      ValueError: for a cell that has no forward mode, or with ``local`` one that does not say what
        passes through w_h.

    >>> from seqjax.cells import min_gru
    >>> cell = min_gru(3)
    >>> found = sparsity(cell, cell.init(jax.random.key(0), 2), jnp.zeros((1, 2)))
    >>> found.state.astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    leaves, structure = jax.tree.flatten((params, x))
    shapes = tuple((jnp.shape(leaf), jnp.result_type(leaf).name) for leaf in leaves)
    return _sparsity(cell, structure, shapes, local, jnp.result_type(float).name)


@functools.lru_cache(maxsize=64)
def _sparsity(
    cell: Cell, structure: Tree, shapes: tuple[tuple[tuple[int, ...], str], ...], local: bool,
    wide: str,
) -> Sparsity:  # fmt: skip
    leaves = [jax.ShapeDtypeStruct(shape, np.dtype(name)) for shape, name in shapes]
    params, x = structure.unflatten(leaves)
    step = flat_step(cell, params)
    tries = [_draw(step, params, x, seed) for seed in range(2)]
    try:
        # Compiled apart, it runs where it stands, also while another program is being traced.
        entered = jax.jit(functools.partial(_entered, step, local)).lower(*tries[0]).compile()
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        raise ValueError(
            f"cell: got {cell.name}, which has no forward mode: its gradient is not that of its"
            " values"
        ) from error
    tried = [entered(*numbers) for numbers in tries]
    state, learned, starts = (
        np.logical_or(*map(np.asarray, pair)) for pair in zip(*tried, strict=True)
    )
    return Sparsity(state, learned, bool(starts))


def _draw(step: FlatStep, params: Params, x: Tree, seed: int) -> tuple[Params, np.ndarray, Tree]:
    """Parameters, positive ones for the seed 0, and ``ROWS`` states and inputs."""
    draw = np.random.default_rng(seed)

    def numbers(shape: tuple[int, ...], dtype: np.dtype, rows: bool) -> np.ndarray:
        values = draw.normal(size=shape)
        if not rows and seed == 0:
            values = np.abs(values)
        if rows:
            values[0], values[1] = np.abs(values[0]), -np.abs(values[1])
        if np.issubdtype(dtype, np.bool_):
            return values > 0
        return (
            values.astype(dtype) if jnp.issubdtype(dtype, jnp.floating) else np.zeros(shape, dtype)
        )

    def of_rows(leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        return numbers((ROWS, *leaf.shape[1:]), leaf.dtype, True)

    parts = split(step.cell, params)
    own = jax.tree.map(of_rows, parts.rows)
    shared = jax.tree.map(
        lambda leaf, row: numbers(leaf.shape, leaf.dtype, False) if row is None else row,
        params, own, is_leaf=lambda leaf: leaf is None,
    )  # fmt: skip
    s = numbers((ROWS, step.size), np.dtype(step.dtype), True)
    return shared, s, jax.tree.map(of_rows, x)


def _entered(
    step: FlatStep, local: bool, params: Params, s: Array, x: Tree
) -> tuple[Array, Array, Array]:
    """What ``Sparsity`` holds, as far as these rows show it."""
    unknown = jnp.where(jnp.eye(step.size, dtype=bool), jnp.nan, 0).astype(s.dtype)
    _, pushed = step.push(params, s, x, unknown, local=local)
    _, pull_start = step.start(params)
    begun = jnp.isnan(pull_start(unknown))

    def learned(seed: Array) -> Array:
        return jnp.isnan(step.pull(params, s, x, seed[None])[1]).any((0, 1))

    return jnp.isnan(pushed).any(0).T, lax.map(learned, unknown) | begun, begun.any()
