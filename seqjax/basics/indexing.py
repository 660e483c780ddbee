"""What stands at an index, and NaN where nothing does: the only file that says what a wrong one is.

JAX counts an index below 0 from the end, in every mode, and stops one that is too large at the end:
both would be a number, and a gradient, of something that was not asked for.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

Array = jax.Array


def rows(table: Array, ids: Array) -> Array:
    """table [V, ...] at integers ids [...]: a row each, NaN for an id outside [0, V).

    A wrong id gives no gradient to any row.

    >>> rows(jnp.array([[1.0], [2.0]]), jnp.array([1, -1, 2]))[:, 0]
    Array([ 2., nan, nan], dtype=float32)
    """
    ids = _none_from_the_end(ids, table.shape[0])
    return jnp.take(table, ids, axis=0, mode="fill", fill_value=jnp.nan)


def entries(array: Array, ids: Array) -> Array:
    """array [..., V] at integers ids [...]: a number for each, NaN for an id outside [0, V).

    >>> entries(jnp.array([[1.0, 2.0], [3.0, 4.0]]), jnp.array([1, -1]))
    Array([ 2., nan], dtype=float32)
    """
    ids = _none_from_the_end(ids, array.shape[-1])[..., None]
    return jnp.take_along_axis(array, ids, axis=-1, mode="fill", fill_value=jnp.nan)[..., 0]


def inside(ids: Array, size: int) -> Array:
    """bool [...]: which ids are in [0, size).

    >>> inside(jnp.array([-1, 2, 3]), 3)
    Array([False,  True, False], dtype=bool)
    """
    return (ids >= 0) & (ids < size)


def _none_from_the_end(ids: Array, size: int) -> Array:
    """The ids, those below 0 behind the end; in a dtype that can say so."""
    ids = jnp.asarray(ids)
    ids = ids.astype(jnp.promote_types(ids.dtype, jnp.int32))
    return jnp.where(ids < 0, size, ids)
