"""Statistics of columns of numbers, which they are normalised with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np


class Statistics(NamedTuple):
    """Mean and standard deviation of columns, [C] each; a column that never changes has 1."""

    mean: np.ndarray
    deviation: np.ndarray

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """(values - mean) / deviation for values [..., C], float32."""
        return ((values - self.mean) / self.deviation).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """The inverse of ``normalise``, float64."""
        return np.asarray(values, np.float64) * self.deviation + self.mean


def statistics(values: Iterable[np.ndarray]) -> Statistics:
    """Of all rows of arrays [..., C] together; give it those of the training part alone.

    Raises:
      ValueError: for no rows, or numbers that are not finite.
    """
    rows = np.concatenate([np.reshape(array, (-1, array.shape[-1])) for array in values])
    if not len(rows) or not np.isfinite(rows).all():
        raise ValueError("values: got no rows, or some that are not finite numbers")
    deviation = rows.std(0)
    return Statistics(rows.mean(0), np.where(deviation > 0, deviation, 1.0))


def as_json(values: Statistics) -> dict[str, Any]:
    """Lists of Python's floats, from which ``from_json`` makes the same again."""
    return {"mean": values.mean.tolist(), "deviation": values.deviation.tolist()}


def from_json(lists: dict[str, Any]) -> Statistics:
    """What ``as_json`` wrote."""
    return Statistics(np.array(lists["mean"]), np.array(lists["deviation"]))
