"""Statistics of columns: what they are, that they can be undone, columns that never change."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.data.formats import features
from seqjax.data.statistics import as_json, from_json, statistics


def test_statistics():
    draw = np.random.default_rng(0)
    values = [5 + 3 * draw.normal(size=(n, 2)) for n in (4, 9)]
    found = statistics(values)
    rows = np.concatenate(values)
    np.testing.assert_allclose(found.mean, rows.mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.deviation, rows.std(0), rtol=1e-12)
    normal = found.normalise(rows)
    assert normal.dtype == np.float32
    np.testing.assert_allclose(normal.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(normal.std(0), 1, rtol=1e-6)
    np.testing.assert_allclose(found.restore(normal), rows, rtol=1e-6)
    again = from_json(as_json(found))
    np.testing.assert_array_equal(again, found)


def test_large_offsets_keep_their_digits():
    rows = 1.7e9 + np.arange(5.0)[:, None]
    np.testing.assert_allclose(statistics([rows]).normalise(rows).std(), 1, rtol=1e-6)


def test_a_column_that_never_changes():
    found = statistics([np.array([[3.0, 1], [3, 2]])])
    np.testing.assert_array_equal(found.deviation, [1, 0.5])
    with pytest.raises(ValueError, match="not finite"):
        statistics([np.array([[np.inf]])])


@pytest.mark.parametrize("value", [14.62, 0.1, -1e-7, 1 / 3, 1.7e9 + 0.1, 1e200, 1e-200, 0.0])
@pytest.mark.parametrize("count", [2, 7, 1000])
def test_a_constant_has_no_deviation_whatever_rounding_leaves(value, count):
    rows = np.full((count, 1), value)
    found = statistics([rows])
    assert found.deviation == 1
    assert found.mean == value
    assert found.normalise(rows).tolist() == [[0.0]] * count
    assert features.statistics([rows]).normal(rows * 2 + 1).tolist() == [[0.0]] * count


def test_a_constant_up_to_the_last_digits():
    """0.1 + 0.2 is not 0.3: what was written in two ways has not changed."""
    rows = np.array([[0.1 + 0.2], [0.3], [0.3]])
    assert statistics([rows]).deviation == 1
    assert features.statistics([rows]).normal(np.array([[0.5]])).tolist() == [[0.0]]


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1.0, 1e30, 1e200, 1e307])
def test_columns_of_any_size_are_normalised(scale):
    rows = np.array([[1.0], [2.0], [4.0]]) * scale
    for normal in (statistics([rows]).normalise(rows), features.statistics([rows]).normal(rows)):
        np.testing.assert_allclose(normal.std(), 1, rtol=1e-6)


def test_a_run_that_recorded_what_rounding_left():
    """Older runs hold such deviations."""
    old = features.Statistics([14.62], [3.6e-15])
    assert old.normal(np.array([[15.12]])).tolist() == [[0.0]]
    again = from_json({"mean": [14.62], "deviation": [3.6e-15]})
    assert again.normalise(np.array([[15.12]])).tolist() == [[0.5]]
