"""Statistics of columns of numbers, which they are normalised with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Statistics(NamedTuple):
    """Mean and standard deviation of columns, [C] each; a column that never changes has 1."""

    mean: NDArray[np.floating]
    deviation: NDArray[np.floating]

    def normalise(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """(values - mean) / deviation for values [..., C], float32.

        >>> known = statistics([np.array([[1.0], [3.0]])])
        >>> known.normalise(np.array([[1.0], [5.0]])).tolist()
        [[-1.0], [3.0]]
        """
        normal: NDArray[np.floating] = (values - self.mean) / self.deviation
        return normal.astype(np.float32)

    def restore(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """values · deviation + mean for values [..., C], float64: the inverse of ``normalise``.

        >>> known = statistics([np.array([[1.0], [3.0]])])
        >>> known.restore(np.array([[-1.0], [3.0]])).tolist()
        [[1.0], [5.0]]
        """
        restored: NDArray[np.float64] = np.asarray(values, np.float64) * self.deviation + self.mean
        return restored


def statistics(values: Iterable[NDArray[Any]]) -> Statistics:
    """Mean and deviation [C] of all rows of arrays [..., C]; give it the training part alone.

    Raises:
      ValueError: for no rows, or numbers that are not finite.

    >>> statistics([np.array([[1.0, 5.0], [3.0, 5.0]])])
    Statistics(mean=array([2., 5.]), deviation=array([1., 1.]))
    """
    rows = np.concatenate([np.reshape(array, (-1, array.shape[-1])) for array in values])
    if not len(rows) or not np.isfinite(rows).all():
        raise ValueError("values: got no rows, or some that are not finite numbers")
    deviation = rows.std(0)
    return Statistics(rows.mean(0), np.where(deviation > 0, deviation, 1.0))


def as_json(values: Statistics) -> dict[str, Any]:
    """Lists of Python's floats, from which ``from_json`` makes the same again.

    >>> as_json(Statistics(np.array([2.0]), np.array([1.0])))
    {'mean': [2.0], 'deviation': [1.0]}
    """
    return {"mean": values.mean.tolist(), "deviation": values.deviation.tolist()}


def from_json(lists: dict[str, Any]) -> Statistics:
    """What ``as_json`` wrote.

    Raises:
      KeyError: without lists under mean and deviation.

    >>> from_json({"mean": [2.0], "deviation": [1.0]})
    Statistics(mean=array([2.]), deviation=array([1.]))
    """
    return Statistics(np.array(lists["mean"]), np.array(lists["deviation"]))
