"""Tables of vectors: rows taken out, and sums added to rows in place.

A table may be large and a step touches few of its rows, so no step may copy a table. Three habits
keep XLA from it: the step's tables are donated, rows are read before a barrier and written after
one, and each table is written by ONE scatter (two in a row copy the whole table on CPU).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array


def rows(table: Array, ids: Array) -> Array:
    """table[ids], [..., D], for ids that are known to be in [0, V).

    >>> rows(jnp.arange(6.0).reshape(3, 2), jnp.array([2, 0])).tolist()
    [[4.0, 5.0], [0.0, 1.0]]
    """
    numbers = lax.GatherDimensionNumbers(
        offset_dims=(ids.ndim,), collapsed_slice_dims=(0,), start_index_map=(0,)
    )
    size = (1, table.shape[1])
    return lax.gather(table, ids[..., None], numbers, size, mode="promise_in_bounds")


def add_rows(table: Array, ids: Array, updates: Array) -> Array:
    """table[id] += update for each id [...] and update [..., D]; ids may repeat.

    >>> add_rows(jnp.zeros((2, 1)), jnp.array([1, 1]), jnp.array([[2.0], [3.0]])).tolist()
    [[0.0], [5.0]]
    """
    # Windows of one row: the form that XLA needs no copy of the updates for.
    numbers = lax.ScatterDimensionNumbers(
        update_window_dims=(1, 2), inserted_window_dims=(), scatter_dims_to_operand_dims=(0,)
    )
    updates = updates.reshape(-1, 1, updates.shape[-1])
    return lax.scatter_add(table, ids.reshape(-1, 1), updates, numbers, mode="promise_in_bounds")


def uniform(key: Array, words: int, width: int, half: float) -> Array:
    """float32 [V, D] uniform in [-half / D, half / D): half is 0.5 in word2vec, 1 in gensim 4.

    >>> uniform(jax.random.key(0), 4, 10, 0.5).shape
    (4, 10)
    """
    return jax.random.uniform(key, (words, width), jnp.float32, -half / width, half / width)
