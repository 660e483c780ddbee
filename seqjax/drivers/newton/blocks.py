"""Which entries of a state depend on which of the state before: found from the cell's own step.

An entry that is NaN makes every entry NaN that is computed from it, by whatever functions, also
where its derivative is zero just there, as behind a relu. So a step of N rows, of which row j has
NaN in entry j, shows the pattern of the Jacobian. Where a step chooses, by its numbers or by a mask
as of zoneout, all that it may choose from is looked at.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import cell_parameters
from seqjax.basics.all_branches import all_branches
from seqjax.basics.cell import Cell, advance
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array, Params, Tree

Blocks = tuple[np.ndarray, ...]
"""int [n, k] each: n blocks of k entries of the state, which depend on no entry outside of them"""


def dependencies(cell: Cell, params: Params, z: Tree) -> np.ndarray:
    """bool [N, N]: whether entry i of the next state is computed from entry j, for any row.

    All True for a cell that does not say which of its parameters have rows.

    Args:
      params: arrays or shapes; their numbers play no part.
      z: of one step, arrays or shapes [B, ...].

    Raises:
      ValueError: for a step that uses a traced value that is not among its parameters.
    """
    leaves, structure = jax.tree.flatten((params, z))
    shapes = tuple((leaf.shape, jnp.dtype(leaf.dtype)) for leaf in leaves)
    return _dependencies(cell, structure, shapes)


@functools.lru_cache(maxsize=64)
def _dependencies(cell: Cell, structure: Any, shapes: tuple[Any, ...]) -> np.ndarray:
    """The same for hashable arguments: a step is compiled once for each cell."""
    params, z = structure.unflatten([jax.ShapeDtypeStruct(*each) for each in shapes])
    axes = cell_parameters.row_axes(cell, params)
    flat = flat_state(cell, params)
    size = flat.size
    if axes is None:
        return np.ones((size, size), bool)
    draw = np.random.default_rng(0)
    state = np.where(np.eye(size, dtype=bool), np.nan, draw.normal(size=(size, size)))

    def rows(leaf: Any, axis: int = 0) -> Array:
        shape = leaf.shape if axis < 0 else (size, *leaf.shape[1:])
        number = jnp.issubdtype(leaf.dtype, jnp.inexact)
        return jnp.asarray(draw.normal(size=shape) if number else np.zeros(shape), leaf.dtype)

    with jax.ensure_compile_time_eval(), jax.debug_nans(False):
        drawn, one = jax.tree.map(rows, params, axes), jax.tree.map(rows, z)
        step = all_branches(lambda s: flat.ravel(advance(cell, drawn, flat.unravel(s), one)))
        after = jax.jit(step)(jnp.asarray(state))
        if isinstance(after, jax.core.Tracer):
            raise ValueError(
                f"driver: newton cannot serve {cell.name}, whose step uses a traced value that is"
                " not among its parameters; put it into params, or use sequential"
            )
        found: np.ndarray = np.isnan(np.asarray(after)).T
    return found


def blocks_of(pattern: np.ndarray) -> Blocks:
    """The finest blocks of a pattern [N, N]: its connected components, those of a size together.

    >>> [block.tolist() for block in blocks_of(np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1]]))]
    [[[1]], [[0, 2]]]
    """
    from scipy.sparse import csgraph, csr_array

    count, label = csgraph.connected_components(csr_array(pattern), directed=False)
    members: dict[int, list[np.ndarray]] = {}
    for component in range(count):
        entries = np.flatnonzero(label == component)
        members.setdefault(len(entries), []).append(entries)
    return tuple(np.stack(members[size]) for size in sorted(members))


def diagonal(size: int) -> Blocks:
    """N blocks of one entry."""
    return (np.arange(size)[:, None],)


def largest(blocks: Blocks) -> int:
    """The k of the largest blocks."""
    return max((block.shape[1] for block in blocks), default=1)
