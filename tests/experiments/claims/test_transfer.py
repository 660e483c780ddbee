"""The claim on transfer: verdicts, encoding, a tagger's score on names, table and plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.embeddings.transfer import CLAIM, names_right
from experiments.claims.embeddings.transfer_report import HELD_OUT, KINDS, SEEN, SIZES
from experiments.claims.embeddings.transfer_text import encoded, labelled_text, side_by_side
from seqjax.data.builtin.growers import labelled_parts
from seqjax.data.formats.conll import Tagged


def results(held_out: float, seen: list[float]) -> dict[str, Any]:
    """As measured, with this gain for held-out words, and these for words that are labelled."""
    runs = []
    for kind in KINDS:
        for size, gain in zip(SIZES, seen, strict=True):
            more = kind == "pretrained"
            runs.append(
                {
                    "kind": kind, "size": size, "sentences": size // 8,
                    SEEN: [0.6 + gain * more, 0.62 + gain * more],
                    HELD_OUT: [0.5 + held_out * more, 0.5 + held_out * more],
                }
            )  # fmt: skip
    return {"runs": runs}


@pytest.mark.parametrize(
    ("held_out", "seen", "kind"),
    [
        (0.3, [0.2, 0.3, 0.2, 0.1, 0.0], HOLDS),
        (0.1, [0.2, 0.3, 0.2, 0.1, 0.0], IN_PART),
        (0.3, [0.2, 0.3, 0.3, 0.3, 0.2], IN_PART),
        (0.1, [0.0, 0.04, 0.0, 0.0, 0.0], FAILS),
    ],
)
def test_the_verdict_follows_the_rule(held_out: float, seen: list[float], kind: str) -> None:
    found = CLAIM.verdict(results(held_out, seen))
    assert found.kind == kind
    assert f"{held_out:+.2f}" in found.reason.en
    assert f"{held_out:+.2f}" in found.reason.ko


def test_a_score_counts_words_of_names_alone() -> None:
    sentences = [Tagged(("A", "B", "is"), ("PER", "PER", "O")), Tagged(("C",), ("ORG",))]
    rows = encoded(sentences, {"A": 1, "B": 2, "C": 3, "is": 4})
    assert rows["words"][:, :4].tolist() == [[1, 2, 4, 0], [3, 0, 0, 0]]

    class Persons:
        @staticmethod
        def predict(params: Any, batch: Any) -> Any:
            return np.ones_like(batch["tags"])

    model: Any = Persons
    assert float(names_right(model, {}, rows)) == pytest.approx(2 / 3)


def test_labelled_texts_have_the_words_asked_for_and_begin_alike() -> None:
    parts = labelled_parts(400, 50, seed=0)
    few, more = (labelled_text(parts, words) for words in (100, 1000))
    assert more[: len(few)] == few
    for some, words in ((few, 100), (more, 1000)):
        assert words <= sum(len(sentence.words) for sentence in some) < words + 15


def test_short_texts_come_over_and_over_beside_the_longest() -> None:
    parts = labelled_parts(SIZES[-1] // 7, 10, seed=0)
    words = {word for sentence in parts["train"] for word in sentence.words}
    vocabulary = {word: number for number, word in enumerate(sorted(words), 1)}
    rows = side_by_side(parts, vocabulary)
    few = encoded(labelled_text(parts, SIZES[0]), vocabulary)["words"]
    assert rows["words"].shape[1] == rows["tags"].shape[1] == len(SIZES)
    for start in (0, len(few), 7 * len(few)):
        np.testing.assert_array_equal(rows["words"][start : start + len(few), 0], few)
    assert (rows["words"][: len(few)] == few[:, None]).all()  # all begin alike
    assert rows["lengths"][:, -1].sum() >= SIZES[-1]


def test_table_and_plot_have_all_words() -> None:
    some = results(0.3, [0.2, 0.3, 0.2, 0.1, 0.0])
    (table,) = CLAIM.tables(some)
    assert {len(row) for row in table.rows} == {len(table.head)}
    for axes in CLAIM.draw(some, "en").axes:
        assert axes.get_title()
        assert axes.get_xlabel()
        assert len(axes.containers) == len(KINDS)
