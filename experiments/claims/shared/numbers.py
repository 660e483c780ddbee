"""Means over seeds, how far they are known, and how both are written."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def mean(values: Sequence[float]) -> float:
    """Σ v / n; NaN for none.

    >>> mean([0.5, 1.0])
    0.75
    """
    return float(np.mean(values)) if len(values) else math.nan


def deviation(values: Sequence[float]) -> float:
    """Standard deviation √(Σ (v - mean)² / (n - 1)); NaN for fewer than two.

    >>> deviation([1.0, 3.0]) == 2**0.5
    True
    """
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def standard_error(values: Sequence[float]) -> float:
    """Of the mean: deviation / √n; NaN for fewer than two, which is neither above nor below.

    >>> round(standard_error([1.0, 3.0]), 12)
    1.0
    """
    return deviation(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Mean ± standard deviation; the mean alone for one value, "-" for none or a NaN.

    The deviation has one significant digit, two where the first is 1. The mean ends at the same
    place, but the larger of both has ``digits`` significant digits at most.

    >>> spread([0.89, 0.91, 0.93]), spread([12345.0]), spread([2e-7, 4e-7, 6e-7])
    ('0.91 ± 0.02', '12,300', '4e-07 ± 2e-07')
    """
    middle = mean(values)
    if not len(values) or any(math.isnan(value) for value in values):
        return "-"
    if math.isinf(middle) or any(math.isinf(value) for value in values):
        return f"{middle:g}"
    around = deviation(values) if len(values) > 1 else 0.0
    largest = max(abs(middle), around)
    exponent = _exponent(largest)
    place = exponent - digits + 1
    if around:
        last = _exponent(around)
        place = max(place, last - (around < 2 * 10.0**last))
    if largest and not -5 < exponent < 6:
        words = [f"{middle:.{max(0, _exponent(middle) - place)}e}", f"{around:.0e}"]
    else:
        words = [_rounded(middle, place), _rounded(around, place)]
    return words[0] if len(values) == 1 else " ± ".join(words)


def _exponent(value: float) -> int:
    """Of the first significant digit."""
    return math.floor(math.log10(abs(value))) if value else 0


def _rounded(value: float, place: int) -> str:
    """To 10 ** place, with as many decimals as that has."""
    return f"{round(value, -place) + 0.0:,.{max(0, -place)}f}"
