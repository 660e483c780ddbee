"""Pieces of music, and labelled texts, as the steps that a composer learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqjax.data import EOS, tokenizer
from seqjax.data.buckets import buckets
from seqjax.data.formats.passages import Passage
from seqjax.tasks.composition.config import MUSIC, CompositionData
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part, Vocabularies


def encoded(record: Record, vocabularies: Vocabularies, pieces: Sequence[Any]) -> Part:
    """Frames bool [T, 88] of music, or passages, as batches in the vocabularies of a run.

    Raises:
      ValueError: for a label that the training part does not have.
    """
    config = of_record(CompositionData, record)
    if config.task == MUSIC:
        examples = [{"targets": piece} for piece in pieces]
    else:
        examples = [_example(config, vocabularies, passage) for passage in pieces]
    source = buckets(examples, config.batch, sides={"": ("targets",)}, shapes=config.shapes)
    return Part(source, pieces)


def _example(
    config: CompositionData, vocabularies: Vocabularies, passage: Passage
) -> dict[str, Any]:
    (label,), labels = passage.labels, vocabularies["labels"]
    if label not in labels:
        raise ValueError(
            f"{passage.where}: got label {label!r}, want one of the training part:"
            f" {', '.join(labels.tokens)}"
        )
    tokens = [*tokenizer(config.tokenizer).split(passage.text), EOS]
    return {"targets": vocabularies["words"].encode(tokens), "labels": labels.encode([label])[0]}


def steps(part: Part) -> int:
    """Frames or tokens of a part."""
    return int(part.source.lengths.sum())


def unit(record: Record) -> str:
    """What a step is: a frame, or a token such as a character."""
    config = of_record(CompositionData, record)
    return "frame" if config.task == MUSIC else tokenizer(config.tokenizer).unit
