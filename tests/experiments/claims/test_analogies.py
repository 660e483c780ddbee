"""The claim on analogies: verdicts of made-up results, what pictures keep, tables and the plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings.analogies import CLAIM, accuracy
from experiments.claims.embeddings.analogies_report import MAIN, OWN, SIZES
from experiments.claims.embeddings.picture_neighbours import answered, kept, measured
from seqjax.data.builtin.relations import RELATIONS
from seqjax.diagnostics.plots import style
from seqjax.diagnostics.plots.panels import panels_of
from seqjax.vectors import KeyedVectors


def results(main: float, drawn: float, method: str = "tsne") -> dict[str, Any]:
    """As measured, with these accuracies where the verdict looks."""
    texts = []
    for own in OWN:
        for size in SIZES:
            share = main if (size, own) == MAIN else 0.9
            texts.append({"own": own, "size": size, "accuracy": [dict.fromkeys(RELATIONS, share)]})
    figures = {"nearest": 0.5, "ten": 0.6, "analogies": drawn, "analogies_full": 0.7}
    unlimited = [dict.fromkeys(RELATIONS, 0.1)]
    return {"texts": texts, "not_excluded": unlimited, "pictures": [{method: figures}]}


@pytest.mark.parametrize(
    ("main", "drawn", "kind"),
    [(0.5, 0.34, HOLDS), (0.5, 0.36, IN_PART), (0.9, 0.1, IN_PART), (0.29, 0.0, FAILS)],
)
def test_the_verdict_follows_the_rule(main: float, drawn: float, kind: str) -> None:
    for method in ("tsne", "pca"):
        found = CLAIM.verdict(results(main, drawn, method))
        assert found.kind == kind
        assert f"{main:.0%}" in found.reason.en
        assert f"{main:.0%}" in found.reason.ko


def test_tables_and_plot_have_all_words() -> None:
    some = results(0.5, 0.2)
    texts, pictures = CLAIM.tables(some)
    assert len(texts.rows) == len(OWN) * len(SIZES) + 1
    assert pictures.rows[1] == ["PCA", "-", "-", "-", "-"]
    for table in (texts, pictures):
        assert {len(row) for row in table.rows} == {len(table.head)}
    axes = CLAIM.draw(some, "en").axes[0]
    assert axes.get_title()
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert len(axes.containers) == len(OWN)


def exact() -> KeyedVectors:
    """Vectors in which every analogy is a parallelogram: of its pair, and of its side."""
    words, rows = [], []
    for number, relation in enumerate(RELATIONS.values()):
        for pair, both in enumerate(relation.pairs):
            for side, word in enumerate(both):
                row = np.zeros(36 + 6)
                row[12 * number + pair] = row[36 + 2 * number + side] = 1
                words.append(word)
                rows.append(row)
    return KeyedVectors(tuple(words), np.array(rows))


def test_accuracy_is_one_where_all_analogies_hold() -> None:
    assert accuracy(exact()) == dict.fromkeys(RELATIONS, 1.0)
    figures = measured(exact(), 0, ["pca"])["pca"]
    assert figures["analogies_full"] == 1.0
    assert figures["analogies"] < 0.5  # 42 dimensions do not fit into two


def test_neighbours_and_answers_by_hand() -> None:
    rows = np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 9], [1, 0, 9.5]])
    # Seen from the front, 0 lies upon 2 and 1 upon 3.
    assert kept(rows, rows[:, :2] + 0.01 * np.arange(4)[:, None], near=1) == (0.0, 0.0)
    assert kept(rows, rows[:, ::2], near=2) == (1.0, 1.0)
    square = np.array([[0.0, 0], [0, 1], [5, 0], [5, 1], [5, 0.4]])
    assert answered(square, np.array([[0, 1, 2, 3], [0, 1, 2, 4]])) == 0.5


def test_the_picture_names_every_word() -> None:
    """Where points were kept: in the still plot few names, where a pointer asks all of them."""
    some = results(0.5, 0.2)
    some["pictures"][0]["tsne"]["points"] = np.arange(144.0).reshape(72, 2).tolist()
    (_, drawn) = panels_of(CLAIM.draw(some, "ko"))
    named = [curve for curve in drawn.curves if curve.words]
    words = [word for relation in RELATIONS.values() for pair in relation.pairs for word in pair]
    assert [word for curve in named for word in curve.words] == words
    assert np.concatenate([curve.x for curve in named]).tolist() == [2.0 * k for k in range(72)]
    assert [curve.name for curve in named] == ["성별", "수도", "과거형"] or not style.korean_font()
