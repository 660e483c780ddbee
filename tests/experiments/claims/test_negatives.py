"""The claim on negatives: verdicts of made-up results, the score, table and plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings.negatives import CLAIM, recovered, settings
from seqjax.vectors import KeyedVectors


def results(small: dict[tuple[float, int], float], large: dict[tuple[float, int], float]) -> Any:
    """As measured: two seeds around 0.5 plus what is said of a setting."""
    runs = []
    for text, gains in (("small", small), ("large", large)):
        for exponent, negatives in settings():
            middle = 0.5 + gains.get((exponent, negatives), 0.0)
            scores = [{"all": middle + noise, "rare": middle} for noise in (0.0, 0.01)]
            runs.append(
                {"text": text, "exponent": exponent, "negatives": negatives, "scores": scores}
            )
    return {"runs": runs}


BEST = {(0.75, 5): 0.1, (0.75, 20): 0.2}
FLAT = {(0.75, 5): 0.1, (0.75, 20): 0.11}


@pytest.mark.parametrize(
    ("small", "large", "kind"),
    [(BEST, FLAT, HOLDS), (BEST, BEST, IN_PART), (FLAT, {}, IN_PART), ({}, {}, FAILS)],
)
def test_the_verdict_follows_the_rule(small: Any, large: Any, kind: str) -> None:
    found = CLAIM.verdict(results(small, large))
    assert found.kind == kind
    assert f"{0.5 + small.get((0.75, 5), 0) + 0.005:.3f}" in found.reason.en


def test_the_score_is_one_for_the_planted_vectors_turned() -> None:
    draw = np.random.default_rng(0)
    z = draw.normal(size=(12, 3))
    turn, _ = np.linalg.qr(draw.normal(size=(3, 3)))
    words = tuple(f"w{number}" for number in range(12))
    scores = recovered(KeyedVectors(words, z @ turn), dict(zip(words, z, strict=True)))
    assert scores == pytest.approx({"all": 1.0, "rare": 1.0})


def test_table_and_plot_have_all_words() -> None:
    some = results(BEST, FLAT)
    (table,) = CLAIM.tables(some)
    assert {len(row) for row in table.rows} == {len(table.head)}
    assert len(table.rows) == 2 * len(settings())
    for axes in CLAIM.draw(some, "en").axes:
        assert axes.get_title()
        assert axes.get_xlabel()
        assert len(axes.containers) == 2
