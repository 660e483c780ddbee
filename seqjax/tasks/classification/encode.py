"""Labelled texts as arrays: the tokens that a classifier reads, the classes it is to give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqjax.data import Vocabulary, one_line, tokenizer
from seqjax.data.buckets import buckets
from seqjax.data.formats.passages import Passage
from seqjax.tasks.classification.config import ClassificationData
from seqjax.tasks.pretrained.encode import encode
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part, Vocabularies


def tokens_of(config: ClassificationData, text: str) -> list[str]:
    """The tokens that a model sees of a text: lower-cased and cut where the settings say so.

    Line ends within it, as cells in quotes may have, are blanks.
    """
    line = one_line(text.lower() if config.lower else text)
    tokens = tokenizer(config.tokenizer).split(line)
    return tokens[: config.longest or None]


def tokenized(config: ClassificationData, passages: Sequence[Passage]) -> list[list[str]]:
    """The tokens of each passage.

    Raises:
      ValueError: for a text without a token; it names file and line.
    """
    rows = [tokens_of(config, passage.text) for passage in passages]
    for passage, row in zip(passages, rows, strict=True):
        if not row:
            raise ValueError(
                f"{passage.where}: got {passage.text!r}, which has no {config.tokenizer}"
            )
    return rows


def encoded(
    record: Record,
    vocabularies: Vocabularies,
    passages: Sequence[Passage],
    tokens: Sequence[Sequence[str]],
) -> Part:
    """Passages, and the tokens of each, as batches in the vocabularies of a run.

    Raises:
      ValueError: for labels that training does not have, or a text that is too long.
    """
    config = of_record(ClassificationData, record)
    words, labels = vocabularies["words"], vocabularies["labels"]
    multilabel = record["config"]["output"] == "multilabel"
    examples = [
        {"words": encode(record["data"], words, row), "targets": target(labels, p, multilabel)}
        for p, row in zip(passages, tokens, strict=True)
    ]
    source = buckets(examples, config.batch, sides={"": ("words",)}, shapes=config.shapes)
    check_length(record, int(source.lengths.max()))
    return Part(source, passages)


def target(labels: Vocabulary, passage: Passage, multilabel: bool) -> np.ndarray:
    """The class int32 [], or of multilabel float32 [C]: 1 for each label that is there.

    Raises:
      ValueError: for a label that training does not have; it names file and line.
    """
    unseen = [label for label in passage.labels if label not in labels]
    if unseen:
        raise ValueError(
            f"{passage.where}: got label {unseen[0]!r}, want one of the training part:"
            f" {', '.join(labels.tokens)}"
        )
    ids = labels.encode(passage.labels)
    classes: np.ndarray = labels.one_hot(ids).sum(0) if multilabel else ids[0]
    return classes


def check_length(record: Record, longest: int) -> None:
    """Whether the model has positions enough, if it has any.

    Args:
      longest: tokens of the longest text.

    Raises:
      ValueError: for a text with more tokens than positions.
    """
    positions = record["config"].get("positions", 0)  # older runs have no such setting
    if 0 < positions < longest:
        raise ValueError(
            f"positions: got {positions}, but a text has {longest} tokens; want as many, or"
            " --longest to cut texts"
        )
