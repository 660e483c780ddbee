"""Statistics of columns: what they are, that they can be undone, columns that never change."""

from __future__ import annotations

import numpy as np
import pytest

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
