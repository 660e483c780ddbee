"""Means and spreads of claims, and how they are written."""

from __future__ import annotations

import math
import statistics

import pytest

from experiments.claims.shared.numbers import deviation, mean, spread, standard_error


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.89, 0.91, 0.93], "0.91 ± 0.02"),
        ([0.912], "0.912"),
        ([1.0, 1.0], "1.00 ± 0.00"),
        ([0.0, 0.0], "0.00 ± 0.00"),
        ([0.899, 0.912, 0.925], "0.912 ± 0.013"),  # a first digit of 1 says too little alone
        ([0.912340, 0.912341], "0.912 ± 0.000"),
        ([-1.0, 1.0], "0.0 ± 1.4"),
        ([-0.02, 0.0], "-0.010 ± 0.014"),
        ([12000.0, 12400.0], "12,200 ± 300"),
        ([1e9, 3e9], "2.0e+09 ± 1e+09"),
        ([math.nan, 1.0], "-"),
        ([], "-"),
        ([math.inf, 1.0], "inf"),
    ],
)
def test_spread(values, text):
    assert spread(values) == text


def test_digits():
    assert spread([0.12345, 0.12345], digits=2) == "0.12 ± 0.00"


def test_statistics_as_the_standard_library_has_them():
    values = [0.3, 1.7, 2.9, 0.1]
    assert mean(values) == pytest.approx(statistics.mean(values), rel=1e-15)
    assert deviation(values) == pytest.approx(statistics.stdev(values), rel=1e-14)
    assert standard_error(values) == pytest.approx(statistics.stdev(values) / 2, rel=1e-14)


def test_one_value_has_no_spread():
    assert math.isnan(standard_error([1.0]))
    assert math.isnan(deviation([1.0]))
    assert math.isnan(mean([]))
