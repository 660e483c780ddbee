"""Which derivatives of a step are zero whatever the numbers: found by the step itself, with NaN.

A derivative times NaN is NaN, also where it is zero by chance, but what an entry does not enter
stays a number. So a tangent that is NaN in one entry of the state shows which entries of the next
state it enters, and a cotangent that is NaN in one entry of the next state which parameters enter
that. Where a step chooses, by its numbers or by a mask, all branches are looked at.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.all_branches import all_branches
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params, Tree
from seqjax.online.flat_step import FlatStep, flat_step, split

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
    numbers = _draw(step, params, x)
    entered = all_branches(functools.partial(_entered, step, local))
    try:
        # Compiled apart, it runs where it stands, also while another program is being traced.
        found = jax.jit(entered).lower(*numbers).compile()(*numbers)
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        raise ValueError(
            f"cell: got {cell.name}, which has no forward mode: its gradient is not that of its"
            " values"
        ) from error
    state, learned, starts = map(np.asarray, found)
    return Sparsity(state, learned, bool(starts))


def _draw(step: FlatStep, params: Params, x: Tree) -> tuple[Params, np.ndarray, Tree]:
    """Parameters, and a state and an input of one row."""
    draw = np.random.default_rng(0)

    def numbers(leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        values = draw.normal(size=leaf.shape)
        number = jnp.issubdtype(leaf.dtype, jnp.floating)
        return (values if number else np.zeros(leaf.shape)).astype(leaf.dtype)

    def of_row(leaf: jax.ShapeDtypeStruct) -> np.ndarray:
        return numbers(jax.ShapeDtypeStruct((1, *leaf.shape[1:]), leaf.dtype))

    own = jax.tree.map(of_row, split(step.cell, params).rows)
    shared = jax.tree.map(
        lambda leaf, row: numbers(leaf) if row is None else row,
        params, own, is_leaf=lambda leaf: leaf is None,
    )  # fmt: skip
    s = numbers(jax.ShapeDtypeStruct((1, step.size), step.dtype))
    return shared, s, jax.tree.map(of_row, x)


def _entered(
    step: FlatStep, local: bool, params: Params, s: Array, x: Tree
) -> tuple[Array, Array, Array]:
    """What ``Sparsity`` holds."""
    unknown = jnp.asarray(np.where(np.eye(step.size, dtype=bool), np.nan, 0), s.dtype)
    _, pushed = step.push(params, s, x, unknown, local=local)
    _, pull_start = step.start(params)
    begun = jnp.isnan(pull_start(unknown))

    def learned(seed: Array) -> Array:
        return jnp.isnan(step.pull(params, s, x, seed[None])[1]).any((0, 1))

    return jnp.isnan(pushed).any(0).T, jax.vmap(learned)(unknown) | begun, begun.any()
