"""From steps to distances: how far each step lies before the last one of its row."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.types import Array


def by_distance(backwards: Array, lengths: Array | None) -> Array:
    """Values [T + 1, B, ...] by distance from each row's end, NaN where no step is so far away.

    Args:
      backwards: what was found at 0, 1, ... T steps before step T, where nothing changes in the
        padding.
      lengths: int [B]; None: no padding.

    >>> by_distance(jnp.array([[1.0, 1.0], [0.5, 1.0], [0.1, 0.3]]), jnp.array([2, 1])).T.tolist()
    [[1.0, 0.5, 0.10000000149011612], [1.0, 0.30000001192092896, nan]]
    """
    if lengths is None:
        return backwards
    steps = len(backwards) - 1
    distance = jnp.arange(steps + 1)[:, None]
    index = jnp.minimum(steps - lengths + distance, steps)
    more = (1,) * (backwards.ndim - 2)
    values = jnp.take_along_axis(backwards, index.reshape(*index.shape, *more), 0)
    return jnp.where((distance <= lengths).reshape(*index.shape, *more), values, jnp.nan)
