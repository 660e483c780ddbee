"""From the flags that name labelled texts to vocabularies and batches for a classifier."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from experiments import flags, pretrained
from experiments.classify_files import FilesConfig, Parts, parts
from experiments.pretrained import PretrainedConfig, Transfer
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import UNK, Vocabulary, tokenizer
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.formats.passages import Passage


@dataclasses.dataclass(frozen=True)
class TextsConfig(FilesConfig):
    """Which texts and labels, and how they become tokens."""

    tokenizer: str = option(
        "words", "characters, bytes, jamo, words or pretokenised (words with blanks between them)"
    )
    lower: bool = option(False, "make all letters small")
    longest: int = option(0, "tokens of a text that are read; 0: all")
    vocabulary: int = option(0, "most tokens that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    batch: int = option(50, "examples of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


class Texts(NamedTuple):
    """Labelled texts, ready for training."""

    words: Vocabulary
    """of the training part, and behind it what only a file of vectors has"""
    labels: Vocabulary
    passages: Parts
    sources: dict[str, Buckets]
    data: dict[str, Any]
    """what a run remembers of it"""
    moved: Transfer
    """the word vectors that it begins with"""


def texts(config: TextsConfig, vectors: PretrainedConfig, *, several: bool, seed: int) -> Texts:
    """Reads, cuts and encodes the texts; both vocabularies are those of the training part.

    Args:
      vectors: which vectors words begin with.
      several: an example may have any number of labels, or none; targets are then float [B, C].
      seed: of the cut into parts.

    Raises:
      ValueError: for what cannot be read, or labels that training does not have; it names the
        flag, or the file and line.
    """
    _validate(config, several)
    read, name = parts(config, seed)
    tokens = {part: [_tokens(config, p) for p in found] for part, found in read.items()}
    counts = Counter(token for row in tokens["train"] for token in row)
    moved = pretrained.transfer(vectors, _words(config, counts), counts, seed=seed)
    labels = Vocabulary(tuple(sorted({each for p in read["train"] for each in p.labels})))
    examples = {
        part: [
            {"words": moved.encode(row), "targets": _target(labels, passage, several)}
            for row, passage in zip(tokens[part], found, strict=True)
        ]
        for part, found in read.items()
    }
    sources = {
        part: buckets(found, config.batch, sides={"": ("words",)}, shapes=config.shapes)
        for part, found in examples.items()
    }
    marks = {part: _mark(found) for part, found in read.items()}
    data = {"name": name, "sha256": marks, **moved.data}
    return Texts(moved.vocabulary, labels, read, sources, data, moved)


def tokens_of(config: TextsConfig, text: str) -> list[str]:
    """The tokens that a model sees of a text."""
    found = tokenizer(config.tokenizer).split(text.lower() if config.lower else text)
    return found[: config.longest or None]


def fits(positions: int, longest: int) -> None:
    """Raises a ValueError for a text that is longer than a model has positions, if it has any."""
    if 0 < positions < longest:
        raise ValueError(
            f"positions: got {positions}, but a text has {longest} tokens; want as many, or"
            " --longest to cut texts"
        )


def _tokens(config: TextsConfig, passage: Passage) -> list[str]:
    found = tokens_of(config, passage.text)
    if not found:
        raise ValueError(f"{passage.where}: got {passage.text!r}, which has no {config.tokenizer}")
    return found


def _validate(config: TextsConfig, several: bool) -> None:
    tokenizer(config.tokenizer)
    for name in ("minimum", "batch", "shapes"):
        checks.positive(name, getattr(config, name))
    for name in ("longest", "vocabulary"):
        flags.natural(name, getattr(config, name))
    if several != bool(config.label_separator):
        raise ValueError(
            f"label_separator: got {config.label_separator!r}, want "
            + ("one for output=multilabel" if several else "none unless output=multilabel")
        )


def _words(config: TextsConfig, counts: Counter[str]) -> Vocabulary:
    if config.vocabulary == 1 or max(counts.values()) < config.minimum:
        raise ValueError(
            f"vocabulary, minimum: got {config.vocabulary} and {config.minimum}, which leave no"
            f" token but {UNK}"
        )
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=[UNK])


def _target(labels: Vocabulary, passage: Passage, several: bool) -> np.ndarray:
    unseen = [label for label in passage.labels if label not in labels]
    if unseen:
        raise ValueError(
            f"{passage.where}: got label {unseen[0]!r}, want one of the training part:"
            f" {', '.join(labels.tokens)}"
        )
    ids = labels.encode(passage.labels)
    return labels.one_hot(ids).sum(0) if several else ids[0]


def _mark(found: Sequence[Passage]) -> str:
    text = "\n".join("\t".join([*p.labels, p.text]) for p in found)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
