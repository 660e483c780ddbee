"""Labelled texts of a file that a user names, read as the made-up reviews are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.claims.sequences.sentences import padded, vocabulary_of
from seqjax.data.builtin.made_up import PARTS, part_of
from seqjax.data.formats.passages import FILES, passages
from seqjax.data.vocabulary import Vocabulary

LONGEST = 60
"""Words that are read of a text."""


class LabelledText(NamedTuple):
    """A text and its class."""

    words: list[str]
    positive: bool
    """whether its label is the second of the two in alphabetical order"""


def labelled_texts(path: str | Path) -> dict[str, list[LabelledText]]:
    """Texts of two classes in two parts, a fifth for the test, that share no text.

    Args:
      path: a table with the columns text and label (.tsv, .csv, .jsonl), or a folder with a file
        for each class and a text a line in it.

    Raises:
      ValueError: names the file and line, or the labels where they are not two, or a part that
        would be empty.
    """
    found = passages(path, layout=FILES if Path(path).is_dir() else "")
    labels = sorted({passage.labels[0] for passage in found})
    if len(labels) != 2:
        raise ValueError(f"reviews: got {path} with the labels {', '.join(labels)}, want two")
    parts: dict[str, list[LabelledText]] = {part: [] for part in PARTS}
    for passage in found:
        words = passage.text.lower().split()[:LONGEST]
        parts[part_of(words)].append(LabelledText(words, passage.labels[0] == labels[1]))
    for part, texts in parts.items():
        if len({text.positive for text in texts}) < 2:
            raise ValueError(f"reviews: got {path} with too few texts for the part {part}")
    return parts


def labelled_arrays(path: str | Path) -> tuple[Vocabulary, dict[str, Any], dict[str, Any]]:
    """(words of the training part, its arrays, those of the test): words, lengths and targets."""
    parts = labelled_texts(path)
    vocabulary = vocabulary_of(text.words for text in parts["train"])
    train, test = (
        padded([text.words for text in texts], vocabulary, LONGEST)
        | {"targets": np.array([text.positive for text in texts], np.int32)}
        for texts in parts.values()
    )
    return vocabulary, train, test
