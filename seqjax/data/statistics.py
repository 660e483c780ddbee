"""Statistics of columns of numbers, which they are normalised with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Of a number, relative to it: what the last digits of a sum, and of how it was written, may be."""


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
    if not rows.size or not np.isfinite(rows).all():
        raise ValueError("values: got no rows, or some that are not finite numbers")
    mean, deviation = moments(rows)
    return Statistics(mean, np.where(deviation > 0, deviation, 1.0))


def moments(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(mean, standard deviation) [C] of the columns of rows [N, C]; 0 exactly if one never changes.

    Sums are those of numbers below 1, which powers of two make of them without rounding, so that no
    column is too large or too small.

    >>> moments(np.full((1000, 1), 14.62))[1].tolist()
    [0.0]
    """
    rows = np.asarray(rows, np.float64)
    _, exponent = np.frexp(np.abs(rows).max(0))
    scaled = np.ldexp(rows, -exponent)
    # Where all are equal, their mean may be rounded, and a difference be left.
    same = rows.max(0) == rows.min(0)
    mean = np.where(same, rows[0], np.ldexp(scaled.mean(0), exponent))
    deviation = np.where(same, 0.0, np.ldexp(scaled.std(0), exponent))
    return mean, np.where(changing(mean, deviation), deviation, 0.0)


def changing(mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether columns change, bool [C]: by more than the rounding of their values and sums.

    >>> changing(np.array([14.62, 14.62]), np.array([3.6e-15, 1e-9])).tolist()
    [False, True]
    """
    changes: NDArray[np.bool_] = deviation > ROUNDING * np.abs(mean)
    return changes


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
    mean, deviation = np.array(lists["mean"]), np.array(lists["deviation"])
    # Older runs have what rounding left of a column that never changes.
    return Statistics(mean, np.where(changing(mean, deviation), deviation, 1.0))
