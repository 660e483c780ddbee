"""Pairs of texts as arrays: the source with its end; the target behind BOS, and with its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data import BOS, EOS, Vocabulary, one_line, tokenizer
from seqjax.data.buckets import buckets
from seqjax.data.formats.pairs import Pair
from seqjax.tasks.pretrained.encode import encode
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part, Vocabularies
from seqjax.tasks.translation.config import TranslationData

SIDES = {"source": ("source",), "target": ("inputs", "targets")}


class TokenizedPair(NamedTuple):
    """One text twice, as a model sees it."""

    source: str
    target: str
    source_tokens: list[str]
    target_tokens: list[str]


def tokenized(config: TranslationData, pairs: Sequence[Pair]) -> list[TokenizedPair]:
    """The pairs, with small letters where the settings say so, and their tokens."""
    split = tokenizer(config.tokenizer).split
    cased = [
        Pair(pair.source.lower(), pair.target.lower()) if config.lower else pair for pair in pairs
    ]
    return [TokenizedPair(*pair, *(split(one_line(side)) for side in pair)) for pair in cased]


def tokens_of(record: Record, text: str | Sequence[str]) -> list[str]:
    """The tokens that the model of a run sees of a text, or those that were given."""
    if not isinstance(text, str):
        return list(text)
    config = of_record(TranslationData, record)
    return tokenizer(config.tokenizer).split(one_line(text.lower() if config.lower else text))


def encoded(record: Record, vocabularies: Vocabularies, pairs: Sequence[TokenizedPair]) -> Part:
    """Pairs as batches, in the vocabularies of a run."""
    config = of_record(TranslationData, record)
    ids = [source_ids(record, vocabularies, pair.source_tokens) for pair in pairs]
    target = vocabularies["target"]
    examples = [
        example(source, target, pair.target_tokens) for source, pair in zip(ids, pairs, strict=True)
    ]
    return Part(buckets(examples, config.batch, sides=SIDES, shapes=config.shapes), pairs)


def source_ids(record: Record, vocabularies: Vocabularies, tokens: Sequence[str]) -> np.ndarray:
    """The ids int32 [S] of a source and its end.

    Raises:
      ValueError: for a token that the vocabulary does not have, if it has no UNK.
    """
    return encode(record["data"], vocabularies["source"], [*tokens, EOS])


def example(
    source: np.ndarray, vocabulary: Vocabulary, target: Sequence[str]
) -> dict[str, np.ndarray]:
    """The ids of a pair: the source, the target behind BOS, and the target with its end."""
    return {
        "source": source,
        "inputs": vocabulary.encode([BOS, *target]),
        "targets": vocabulary.encode([*target, EOS]),
    }
