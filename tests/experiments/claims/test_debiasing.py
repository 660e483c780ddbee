"""The claim on debiasing: verdicts, figures of vectors whose bias is known, tables and the plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings.debiasing import CLAIM, before_and_after
from experiments.claims.embeddings.debiasing_report import FIGURES, STAGES, TEXTS
from seqjax.data.builtin.occupations import PAIRS, SIGNS, occupations
from seqjax.vectors import KeyedVectors


def results(direct: float, unequal: float, linear: float) -> dict[str, Any]:
    """As measured, with these figures after both."""
    before = dict.fromkeys(FIGURES, 0.5)
    after = {**before, "direct": direct, "unequal": unequal, "linear": linear}
    stages = {"before": before, "neutralized": before, "equalized": after}
    return {text: [stages, stages] for text in TEXTS}


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        ((0.05, 0.01, 0.6), HOLDS),
        ((0.05, 0.01, 0.61), IN_PART),
        ((0.06, 0.0, 0.5), FAILS),
        ((0.0, 0.011, 0.5), FAILS),
    ],
)
def test_the_verdict_follows_the_rule(figures: tuple[float, float, float], kind: str) -> None:
    found = CLAIM.verdict(results(*figures))
    assert found.kind == kind
    assert f"{figures[2]:.0%}" in found.reason.en
    assert f"{figures[2]:.0%}" in found.reason.ko


def made_up(indirect: float) -> KeyedVectors:
    """Bias along axis 0, and by ``indirect`` along axis 1 too; noise along 20 others."""
    draw = np.random.default_rng(0)
    words, rows = [], []
    for side, (sign, names) in enumerate(zip((1, -1), occupations(), strict=True)):
        gendered = [pair[side] for pair in PAIRS]
        for name in [*gendered, *SIGNS[side], *names]:
            noise = draw.normal(size=22)
            noise[:2] = 0
            bias = 1.0 if name not in names else 0.4
            noise[0], noise[1] = sign * bias * 4, sign * indirect * (name in names) * 4
            words.append(name)
            rows.append(noise)
    return KeyedVectors(tuple(words), np.array(rows))


def test_a_bias_along_the_direction_goes_and_another_stays() -> None:
    alone, twofold = (before_and_after(made_up(indirect), 0) for indirect in (0.0, 1.0))
    for found in (alone, twofold):
        assert found["before"]["direct"] > 0.2
        assert found["neutralized"]["direct"] < 1e-6
        assert found["equalized"]["direct"] < 1e-6
        assert found["neutralized"]["unequal"] > 0.01
        assert found["equalized"]["unequal"] < 1e-6
    assert alone["before"]["linear"] > 0.8
    assert alone["equalized"]["linear"] < 0.7
    assert twofold["equalized"]["linear"] > 0.9


def test_tables_and_plot_have_all_words() -> None:
    some = results(0.0, 0.0, 0.9)
    for table in CLAIM.tables(some):
        assert len(table.rows) == len(STAGES)
        assert {len(row) for row in table.rows} == {len(table.head)}
    for axes in CLAIM.draw(some, "en").axes:
        assert axes.get_title()
        assert axes.get_ylabel()
        assert len(axes.containers) == 2 * len(TEXTS)  # bars and their errors
