"""From the flags that name pairs of texts to vocabularies and batches for an encoder-decoder."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments import flags, pretrained
from experiments.pretrained import PretrainedConfig, Transfer
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import BOS, EOS, UNK, Vocabulary, tokenizer
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats import pairs
from seqjax.data.formats.pairs import Pair
from seqjax.data.partition import partition

TASK = "translate"
PARTS = ("train", "valid", "test")
SIDES = {"source": ("source",), "target": ("inputs", "targets")}


@dataclasses.dataclass(frozen=True)
class PairsConfig:
    """Which pairs, and how they become tokens."""

    data: str = option(
        "dates", "a folder with line-aligned files (train.de, train.en, val.de, ...), a file of"
        " pairs with tabs between them, or the name of a data set: dates"
    )  # fmt: skip
    source: str = option("", "what is translated: end of file names (de), or column (1)")
    target: str = option("", "into what: end of file names (en), or column (2)")
    test_name: str = option("", "folder: the name of the test files, where there are several")
    valid: float = option(0.05, "file of pairs: share that is cut off for validation")
    test: float = option(0.05, "file of pairs: share that is cut off for the test")
    tokenizer: str = option("characters", "characters, bytes, jamo, words or pretokenised")
    lower: bool = option(True, "make all letters small")
    longest: int = option(0, "tokens of a side above which a training pair is left out; 0: none")
    vocabulary: int = option(0, "most tokens of a side that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    batch: int = option(64, "pairs of a batch")
    shapes: int = option(2, "lengths that batches are padded to: so many programs to compile")


class Pairs(NamedTuple):
    """Pairs of texts, ready for training."""

    source: Vocabulary
    target: Vocabulary
    pairs: dict[str, list[Pair]]
    sources: dict[str, Buckets]
    moved: Transfer
    """what pretrained vectors of the source change"""
    data: dict[str, Any]
    """what a run remembers of it; ``limit``: most tokens of a translation, its end counted"""


def translations(config: PairsConfig, vectors: PretrainedConfig, *, seed: int) -> Pairs:
    """Reads, cuts and encodes the pairs; both vocabularies are those of the training part.

    Args:
      vectors: of words of the source.
      seed: of the cut of a single file.

    Raises:
      ValueError: for what cannot be read; it names the flag, or the file and line.
    """
    _validate(config)
    found, name = _parts(config, seed)
    parts = {
        part: [_lower(config, pair) for pair in found[part]] for part in PARTS if part in found
    }
    tokens = {part: [_tokens(config, pair) for pair in chosen] for part, chosen in parts.items()}
    _short(config, parts, tokens)
    counts = [Counter(t for pair in tokens["train"] for t in pair[side]) for side in (0, 1)]
    target = _vocabulary(config, counts[1], (UNK, EOS, BOS))
    source = _vocabulary(config, counts[0], (UNK, EOS))
    moved = pretrained.transfer(vectors, source, counts[0], seed=seed)
    sources = {
        part: buckets(
            [example(moved.encode([*first, EOS]), target, second) for first, second in rows],
            config.batch,
            sides=SIDES,
            shapes=config.shapes,
        )
        for part, rows in tokens.items()
    }
    marks = {part: _mark(chosen) for part, chosen in parts.items()}
    # Room for what is longer than anything seen, but an end to what never ends.
    limit = 10 + max(len(row) for _, row in tokens["train"])
    data = {"name": name, "sha256": marks, "limit": limit, **moved.data}
    return Pairs(moved.vocabulary, target, parts, sources, moved, data)


def example(source: np.ndarray, target: Vocabulary, words: Sequence[str]) -> dict[str, np.ndarray]:
    """The ids of a pair: the source, the target behind BOS, and the target and its end."""
    return {
        "source": source,
        "inputs": target.encode([BOS, *words]),
        "targets": target.encode([*words, EOS]),
    }


def _validate(config: PairsConfig) -> None:
    tokenizer(config.tokenizer)
    for name in ("minimum", "batch", "shapes"):
        checks.positive(name, getattr(config, name))
    for name in ("longest", "vocabulary"):
        flags.natural(name, getattr(config, name))


def _parts(config: PairsConfig, seed: int) -> tuple[dict[str, list[Pair]], str]:
    """The pairs of each part, and what the data is called."""
    path = Path(config.data)
    if config.data in DATASETS or not path.exists():
        found = dataset(TASK, config.data).load()
        _unused(config, "source", "target", "test_name", "valid", "test", why="for a data set")
        return found, config.data
    if path.is_dir():
        _unused(config, "valid", "test", why="for a folder, whose files are the parts")
        if not (config.source and config.target):
            raise ValueError(
                f"source, target: got {config.source!r} and {config.target!r}, want what the names"
                f" of the files in {path} end in, such as --source=de --target=en"
            )
        files = pairs.folder(path, config.source, config.target, test=config.test_name)
        return {part: pairs.aligned(*both) for part, both in files.items()}, path.name
    _unused(config, "test_name", why="for a single file")
    whole = pairs.tabbed(
        path, _column("source", config.source or "1"), _column("target", config.target or "2")
    )
    shares = {part: getattr(config, part) for part in ("test", "valid")}
    # No source is in two parts, whatever its translations.
    cut = partition([pair.source for pair in whole], shares, rest="train", seed=seed)
    return {part: [whole[place] for place in places] for part, places in cut.items()}, path.name


def _column(name: str, value: str) -> int:
    if not value.isdecimal():
        raise ValueError(f"{name}: got {value!r} for a single file, want the number of a column")
    return int(value)


def _unused(config: PairsConfig, *names: str, why: str) -> None:
    for name in names:
        if (value := getattr(config, name)) != getattr(PairsConfig(), name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")


def _lower(config: PairsConfig, pair: Pair) -> Pair:
    return Pair(pair.source.lower(), pair.target.lower()) if config.lower else pair


def _tokens(config: PairsConfig, pair: Pair) -> tuple[list[str], list[str]]:
    cut = tokenizer(config.tokenizer)
    return cut.split(pair.source), cut.split(pair.target)


def _short(config: PairsConfig, parts: dict, tokens: dict) -> None:
    """Leaves out of the training part what is too long."""
    if not config.longest:
        return
    keep = [max(map(len, pair)) <= config.longest for pair in tokens["train"]]
    if not any(keep):
        raise ValueError(f"longest: got {config.longest}, but all training pairs are longer")
    for found in (parts, tokens):
        found["train"] = [pair for pair, good in zip(found["train"], keep, strict=True) if good]


def _vocabulary(config: PairsConfig, counts: Counter, specials: Sequence[str]) -> Vocabulary:
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=specials)


def _mark(chosen: Sequence[Pair]) -> str:
    return hashlib.sha256("\n".join("\t".join(pair) for pair in chosen).encode()).hexdigest()
