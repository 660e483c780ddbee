"""The claim on GloVe's two sets: verdicts of made-up results, the comparison, table and plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings.glove_vectors import CLAIM, compared
from experiments.claims.embeddings.glove_vectors_report import LIKENESS, QUALITY, SIZES


def results(alike: float, gains: list[float]) -> dict[str, Any]:
    """As measured by two seeds, with this likeness and this gain of the sum on each text."""
    figures = dict.fromkeys([*LIKENESS, *QUALITY], 0.5)
    return {
        str(size): [{**figures, "alike": alike, "sum": 0.5 + gain}] * 2
        for size, gain in zip(SIZES, gains, strict=True)
    }


@pytest.mark.parametrize(
    ("alike", "gains", "kind"),
    [
        (0.8, [0.1, 0.1, 0.01], HOLDS),
        (0.8, [0.0, 0.0, 0.0], IN_PART),
        (0.5, [0.0, 0.1, -0.1], IN_PART),
        (0.7, [0.0, -0.1, 0.0], FAILS),
    ],
)
def test_the_verdict_follows_the_rule(alike: float, gains: list[float], kind: str) -> None:
    found = CLAIM.verdict(results(alike, gains))
    assert found.kind == kind
    for words in found.reason:
        assert f"{alike:.2f}" in words
        assert f"{gains[0]:+.3f}" in words


def test_two_sets_that_are_one_turned_agree_in_all_but_direction() -> None:
    draw = np.random.default_rng(1)
    w = draw.normal(size=(20, 4))
    turned = w @ np.diag([1.0, 1, -1, -1])
    found = compared(w, turned, w)
    assert found["alike"] == found["w"] == found["context"] == pytest.approx(1)
    assert found["beside"] == pytest.approx(1)
    assert found["nearest"] == 1
    assert abs(found["direct"]) < 0.4
    assert found["sum"] < 0.9  # two axes cancel


def test_table_and_plot_have_all_words() -> None:
    some = results(0.8, [0.1, 0.1, 0.1])
    (table,) = CLAIM.tables(some)
    assert {len(row) for row in table.rows} == {len(table.head)}
    figure = CLAIM.draw(some, "en")
    for axes, group in zip(figure.axes, (QUALITY, LIKENESS), strict=True):
        assert axes.get_title()
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert len(axes.containers) == len(group)
