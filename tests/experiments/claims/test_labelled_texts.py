"""Texts of a user's for the claim about word order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.claims import records, running
from experiments.claims.sequences import word_order
from experiments.claims.sequences.labelled_texts import LONGEST, labelled_arrays, labelled_texts


def write(folder: Path, count: int = 60) -> Path:
    lines = [f"{'good' if k % 2 else 'bad'}\tThe food no{k} was here" for k in range(count)]
    path = folder / "reviews.tsv"
    path.write_text("\n".join(["label\ttext", *lines, f"bad\t{'long ' * 99}"]) + "\n")
    return path


def test_a_table_in_two_parts_without_a_common_text(tmp_path: Path) -> None:
    parts = labelled_texts(write(tmp_path))
    train, test = ({tuple(text.words) for text in parts[part]} for part in ("train", "test"))
    assert not train & test
    assert len(train) > 2 * len(test) > 10
    assert len(train) + len(test) == 61
    for text in (*parts["train"], *parts["test"]):
        if text.words[0] == "the":
            assert text.positive == (int(text.words[2][2:]) % 2 == 1)
    assert max(len(words) for words in train | test) == LONGEST


def test_a_folder_has_a_file_a_class(tmp_path: Path) -> None:
    for label in ("neg", "pos"):
        (tmp_path / f"a.{label}").write_text("".join(f"{label} {k}\n" for k in range(40)))
    parts = labelled_texts(tmp_path)
    assert all(
        text.positive == (text.words[0] == "pos") for texts in parts.values() for text in texts
    )


def test_words_of_the_test_alone_are_unknown(tmp_path: Path) -> None:
    vocabulary, train, test = labelled_arrays(write(tmp_path))
    assert train["words"].shape[1] == test["words"].shape[1] == LONGEST
    known = np.isin(test["words"], train["words"])
    assert known.all() or (test["words"][~known] == 0).all()
    assert train["words"].max() == len(vocabulary) - 1


def test_other_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "three.tsv"
    path.write_text("label\ttext\na\tx\nb\ty\nc\tz\n")
    with pytest.raises(ValueError, match=r"reviews: got .*three.tsv with the labels a, b, c, want"):
        labelled_texts(path)
    path.write_text("label\ttext\na\tx\nb\ty\n")
    with pytest.raises(ValueError, match="too few texts for the part"):
        labelled_texts(path)


def test_a_file_adds_a_table_and_is_part_of_what_is_current(claims, tmp_path: Path) -> None:
    path, seen = write(tmp_path), []

    def measure_file(given: Path, seeds, say):
        seen.append((given, list(seeds)))
        return {"name": given.name}

    claims.add("one", measure_file=measure_file)

    def run(**files: Path):
        (outcome,) = running.run(
            ["one"], (0, 1), tmp_path, claims.machine, files=files, say=lambda line: None,
            source=lambda name: "code",
        )  # fmt: skip
        return outcome.record

    assert "file" not in run().results
    record = run(one=path)
    assert record.results["file"] == {"name": "reviews.tsv"}
    assert seen == [(path, [0, 1])]
    assert record.source == f"code{records.mark(path)}"
    run(one=path)
    assert run() == record, "what the file has added does no harm"
    assert len(claims.calls) == 2
    path.write_text(path.read_text() + "good\tmore words\n")
    run(one=path)
    assert len(seen) == 2


def test_the_table_says_that_it_is_no_part_of_the_rule() -> None:
    accuracy = {name: [[0.9, 0.9, 0.9]] * 2 for name in word_order.NAMES}
    results = {"kinds": ["plain", "negation", "order"], "accuracy": accuracy}
    file = {
        "name": "mine", "texts": {"train": 80, "test": 20},
        "accuracy": {name: [0.7, 0.8] for name in word_order.NAMES},
    }  # fmt: skip
    assert len(word_order.tables(results)) == 1
    _, table = word_order.tables(results | {"file": file})
    assert [row[1] for row in table.rows] == ["0.75 ± 0.07"] * 4
    assert "Not part of the rule" in table.caption.en
    assert word_order.verdict(results) == word_order.verdict(results | {"file": file})
