"""From the flags that name music or labelled texts to batches for a composer."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from experiments.compose_parts import music_parts, text_parts
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import EOS, UNK, Vocabulary, tokenizer
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.formats.music import KEYS, pitches
from seqjax.data.formats.passages import Passage
from seqjax.models.composer import ComposerConfig
from seqjax.models.output_spaces import OutputSpace, frames, tokens

TASKS = {"music": "progressions", "text": "identifiers"}
"""What may be composed, and the data set of each that needs no file."""


@dataclasses.dataclass(frozen=True)
class PiecesConfig:
    """Which music or texts, and how they become steps."""

    task: str = option("music", "music or text")
    data: str = option(
        "", "music: a JSON file, or a folder of MIDI files (in folders train, valid and test, or"
        " not); text: a file of label, tab, text, or a folder with a file for each label; nothing:"
        " progressions or identifiers, which need no file"
    )  # fmt: skip
    per_quarter: int = option(
        1, "music: steps of a quarter note, in which MIDI is read and written"
    )
    tokenizer: str = option("characters", "text: characters, bytes, jamo or words")
    valid: float = option(0.1, "share for validation, where the data has no parts")
    test: float = option(0.1, "share for the test, where the data has no parts")
    batch: int = option(16, "pieces of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


class Pieces(NamedTuple):
    """Music or texts, ready for training."""

    output_space: OutputSpace
    vocabularies: dict[str, Vocabulary]
    """of texts: words and labels; of music none"""
    sources: dict[str, Buckets]
    data: dict[str, Any]
    """what a run remembers of them"""

    @property
    def labels(self) -> int:
        return len(self.vocabularies.get("labels", ()))

    def steps(self, part: str) -> int:
        """Frames or tokens of a part."""
        return int(self.sources[part].lengths.sum())


def pieces(config: PiecesConfig, model: ComposerConfig) -> Pieces:
    """Reads and cuts; vocabularies are those of the training part.

    Raises:
      ValueError: for what cannot be read or contradicts itself; it names the flag, or the file.
    """
    checks.lookup("task", TASKS, config.task)
    for name in ("batch", "shapes", "per_quarter"):
        checks.positive(name, getattr(config, name))
    return _music(config, model) if config.task == "music" else _text(config, model)


def _music(config: PiecesConfig, model: ComposerConfig) -> Pieces:
    _unused(config, "tokenizer")
    _unused(model, "embedding")
    parts = music_parts(_name(config), config.per_quarter, _shares(config))
    rows = {part: [{"targets": piece} for piece in found] for part, found in parts.items()}
    marks = {part: _mark(map(pitches, found)) for part, found in parts.items()}
    return Pieces(frames(KEYS), {}, _sources(config, rows), _record(config, marks))


def _text(config: PiecesConfig, model: ComposerConfig) -> Pieces:
    _unused(config, "per_quarter")
    split = tokenizer(config.tokenizer).split
    parts = text_parts(_name(config), _shares(config))
    counts = Counter(token for passage in parts["train"] for token in split(passage.text))
    words = Vocabulary.build(counts, specials=[UNK, EOS])
    labels = Vocabulary(tuple(sorted({label for p in parts["train"] for label in p.labels})))
    rows = {
        part: [_example(p, split, words, labels) for p in found] for part, found in parts.items()
    }
    marks = {part: _mark(p[:2] for p in found) for part, found in parts.items()}
    return Pieces(
        tokens(len(words), model.embedding),
        {"words": words, "labels": labels},
        _sources(config, rows),
        _record(config, marks),
    )


def _example(passage: Passage, split: Any, words: Vocabulary, labels: Vocabulary) -> dict:
    (label,) = passage.labels
    if label not in labels:
        raise ValueError(
            f"{passage.where}: got label {label!r}, want one of the training part:"
            f" {', '.join(labels.tokens)}"
        )
    targets = words.encode([*split(passage.text), EOS])
    return {"targets": targets, "labels": labels.encode([label])[0]}


def _sources(config: PiecesConfig, rows: dict[str, list]) -> dict[str, Buckets]:
    sides = {"": ("targets",)}
    return {
        part: buckets(found, config.batch, sides=sides, shapes=config.shapes)
        for part, found in rows.items()
    }


def _name(config: PiecesConfig) -> str:
    """What --data says, or the data set that needs no file."""
    return config.data or TASKS[config.task]


def _shares(config: PiecesConfig) -> dict[str, float]:
    return {"test": config.test, "valid": config.valid}


def _unused(config: Any, name: str) -> None:
    if (value := getattr(config, name)) != type(config).__dataclass_fields__[name].default:
        other = "text" if name != "per_quarter" else "music"
        raise ValueError(f"{name}: got {value!r}, but task={other} alone uses it")


def _record(config: PiecesConfig, marks: dict[str, str]) -> dict[str, Any]:
    return {"name": Path(_name(config)).name, "sha256": marks}


def _mark(found: Any) -> str:
    return hashlib.sha256(repr(list(found)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
