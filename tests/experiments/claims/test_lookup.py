"""The claim about embedding lookup: its programs, its rule, its plot."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings import lookup


def made_up(forward=0.0, gradient=1e-7, lookup_growth=2.0, product_growth=90.0):
    def seconds(growth):
        return [[1e-3] * 2, [1e-3] * 2, [2e-3] * 2, [1e-3 * growth] * 2]

    times = {name: seconds(lookup_growth) for name in lookup.NAMES}
    times["product"] = seconds(product_growth)
    return {
        "sizes": list(lookup.SIZES), "forward": [[forward] * 2] * 4,
        "gradient": [[gradient] * 2] * 4, "seconds": times,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, HOLDS),
        ({"lookup_growth": 20}, IN_PART),
        ({"product_growth": 20}, IN_PART),
        ({"forward": 1e-9}, FAILS),
        ({"gradient": 1e-3}, FAILS),
    ],
)
def test_verdict(changed, kind):
    assert lookup.verdict(made_up(**changed)).kind == kind


def test_both_ways_are_rows_and_sums_of_rows():
    """Against NumPy: the rows of w, and c summed over the places where a word stands."""
    programs = lookup.programs(5)
    w = np.arange(5 * lookup.WIDTH, dtype=np.float32).reshape(5, -1)
    ids, c = np.array([3, 0, 3]), np.ones((3, lookup.WIDTH), np.float32)
    c[2] = 7
    want = np.zeros_like(w)
    np.add.at(want, ids, c)
    for way in lookup.WAYS:
        args = ({"w": jax.numpy.asarray(w)}, ids, c)
        np.testing.assert_array_equal(programs[way](*args), w[ids])
        np.testing.assert_allclose(programs[f"{way} gradient"](*args), want, rtol=1e-6)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tables_and_plot(language):
    times, differences = lookup.tables(made_up())
    assert [len(row) for row in times.rows] == [5] * 4
    assert times.rows[1] == [
        lookup.NAMES["product"],
        "1.00 ± 0.00",
        "1.00 ± 0.00",
        "2.00 ± 0.00",
        "90.0 ± 0.0",
    ]
    assert differences.rows[1] == [lookup.PARTS["gradient"], *["1e-07"] * 4]
    axes = lookup.draw(made_up(), language).axes[0]
    assert axes.get_title()
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert len(axes.get_legend().get_texts()) == 4
