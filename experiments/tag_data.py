"""From the flags that name tagged sentences to vocabularies and batches for a tagger."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments import flags, pretrained
from experiments.pretrained import PretrainedConfig, Transfer
from experiments.tag_labels import VIEWS, labels_of, scheme_of, viewed
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import PAD, UNK, Vocabulary
from seqjax.data.buckets import Buckets, buckets
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats.conll import Tagged, conll
from seqjax.data.formats.conllu import conllu
from seqjax.data.partition import partition
from seqjax.data.text import NAMES
from seqjax.objectives.entities import MODES

TASK = "tag"
PARTS = ("train", "valid", "test")
LAYOUTS = ("conll", "conllu")
Parts = dict[str, list[Tagged]]


@dataclasses.dataclass(frozen=True)
class TaggedConfig:
    """Which sentences and tags, and what a tagger sees of them."""

    data: str = option(
        "python", "a file; a folder or a pattern (\"folder/*.conllu\") with one file each for"
        " train, valid and test; these files with commas between them; or the name of a data set:"
        " python; what is missing of valid and test is cut from the training file"
    )  # fmt: skip
    layout: str = option("", "conll (columns) or conllu; nothing: as the file's name has it")
    word_column: str = option("", "number of the column (conll: 1) or its name (conllu: FORM)")
    tag_column: str = option("", "of tags (conll: -1, the last; conllu: UPOS)")
    comments: str = option("", "conll: lines that begin so are left out, such as '# '")
    labels: str = option(
        "tags", "what is predicted: tags (as they are), types (what stands behind the dash, O for"
        " nothing) or name (whether a word is part of any)"
    )  # fmt: skip
    scheme: str = option(
        "auto", "how tags mark names: IOB1, IOB2, IOBES or none; auto: the first that fits training"
    )
    mode: str = option("conlleval", f"how mistakes in such tags are read: {', '.join(MODES)}")
    valid: float = option(0.1, "share of a file without validation part that is cut off for it")
    test: float = option(0.1, "share of a file without test part that is cut off for it")
    lower: bool = option(False, "words: make all letters small; spellings keep theirs")
    vocabulary: int = option(0, "most words that are known, the commonest; 0: all")
    minimum: int = option(2, "times that a word must occur in the training part to be known")
    word_length: int = option(20, "characters of a word that are read: of longer ones both ends")
    batch: int = option(32, "sentences of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


class Sentences(NamedTuple):
    """Tagged sentences, ready for training."""

    moved: Transfer
    """the words: those of training, and of a file of vectors"""
    characters: Vocabulary
    tags: Vocabulary
    parts: Parts
    """with the tags to predict; of several labels they have a | between them"""
    sources: dict[str, Buckets]
    scheme: str
    """how tags mark names, or none"""
    data: dict[str, Any]
    """what a run remembers of it"""


def sentences(
    config: TaggedConfig, vectors: PretrainedConfig, *, several: bool, spelled: bool, seed: int
) -> Sentences:
    """Reads, cuts and encodes the sentences; all vocabularies are those of the training part.

    Args:
      several: a word may have any number of labels, or none; targets are then float [T, B, C].
      spelled: the tagger reads spellings.

    Raises:
      ValueError: for what cannot be read, or a part whose tags training does not have; it names
        the flag, or the file and line.
    """
    _validate(config)
    parts, name = _parts(config, seed)
    marks = {part: _mark(found) for part, found in parts.items()}
    parts = {part: [viewed(s, config.labels) for s in found] for part, found in parts.items()}
    scheme = scheme_of(config.scheme, [s.tags for s in parts["train"]], config.labels, several)
    counts = Counter(looked_up(config, word) for s in parts["train"] for word in s.words)
    moved = pretrained.transfer(vectors, _words(config, counts), counts, seed=seed)
    letters = Counter(c for s in parts["train"] for word in s.words for c in normal(word))
    characters = Vocabulary.build(letters, specials=[PAD, UNK])
    tags = _tags(parts, several)
    encode = Encoder(config, moved.encode, characters if spelled else None)
    sources = {
        part: buckets(
            [encode(s.words) | {"tags": _targets(tags, s.tags, several)} for s in found],
            config.batch,
            sides={"": ("words", "tags", *(["characters"] if spelled else []))},
            shapes=config.shapes,
        )
        for part, found in parts.items()
    }
    data = {"name": name, "sha256": marks, "scheme": scheme, **moved.data}
    return Sentences(moved, characters, tags, parts, sources, scheme, data)


class Encoder:
    """words -> {"words" int32 [n], "characters" int32 [n, W]}, as a tagger reads a sentence.

    Of a word longer than W the beginning and the end are read, half of W each.
    """

    def __init__(
        self,
        config: TaggedConfig,
        ids: Callable[[list[str]], np.ndarray],
        characters: Vocabulary | None,
    ):
        self.config, self.ids, self.characters = config, ids, characters
        self.known: dict[str, np.ndarray] = {}

    def __call__(self, words: Sequence[str]) -> dict[str, np.ndarray]:
        found = {"words": self.ids([looked_up(self.config, word) for word in words])}
        if self.characters is not None:
            rows = [self._spelling(self.characters, normal(word)) for word in words]
            found["characters"] = np.array(rows, np.int32).reshape(
                len(words), self.config.word_length
            )
        return found

    def _spelling(self, characters: Vocabulary, word: str) -> np.ndarray:
        if word not in self.known:
            width = self.config.word_length
            ends = word if len(word) <= width else word[: -(-width // 2)] + word[-(width // 2) :]
            row = np.zeros(width, np.int32)
            row[: len(ends)] = characters.encode(list(ends))
            self.known[word] = row
        return self.known[word]


def normal(word: str) -> str:
    """In the composed form of Unicode, NFC: one spelling for what looks the same."""
    return unicodedata.normalize("NFC", word)


def looked_up(config: TaggedConfig, word: str) -> str:
    """The word as the vocabulary has it."""
    return normal(word).lower() if config.lower else normal(word)


def _validate(config: TaggedConfig) -> None:
    for name in ("minimum", "batch", "shapes"):
        checks.positive(name, getattr(config, name))
    flags.natural("vocabulary", config.vocabulary)
    if config.word_length < 2:
        raise ValueError(f"word_length: got {config.word_length}, want 2 or more")
    checks.lookup("labels", VIEWS, config.labels)
    checks.lookup("mode", MODES, config.mode)
    if config.layout:
        checks.lookup("layout", dict.fromkeys(LAYOUTS), config.layout)


def _parts(config: TaggedConfig, seed: int) -> tuple[Parts, str]:
    """The sentences of each part, and what the data is called."""
    files = _files(config.data)
    if not files:
        return dataset(TASK, config.data).load(), config.data
    parts = {part: _read(config, path) for part, path in files.items()}
    for part in ("valid", "test"):
        if part in files and getattr(config, part) != getattr(TaggedConfig(), part):
            raise ValueError(f"{part}: got {getattr(config, part)}, but {files[part]} is that part")
    shares = {part: getattr(config, part) for part in ("test", "valid") if part not in parts}
    whole = parts["train"]
    cut = partition(range(len(whole)), shares, rest="train", seed=seed)
    parts |= {part: [whole[place] for place in places] for part, places in cut.items()}
    if "valid" not in parts:
        raise ValueError("valid: got no sentences for it, want some: they decide what is kept")
    return {part: parts[part] for part in PARTS if part in parts}, files["train"].name


def _files(data: str) -> dict[str, Path]:
    """The file of each part that has one; none for the name of a data set."""
    path = Path(data)
    if "," in data:
        paths = [Path(each) for each in data.split(",")]
        if len(paths) > len(PARTS):
            raise ValueError(f"data: got {len(paths)} files, want those of {', '.join(PARTS)}")
        return dict(zip(PARTS, paths, strict=False))
    if "*" in data:
        return _by_name(data, sorted(path.parent.glob(path.name)))
    if path.is_dir() and data not in DATASETS:
        return _by_name(data, sorted(path.iterdir()))
    return {"train": path} if path.is_file() else {}


def _by_name(data: str, files: list[Path]) -> dict[str, Path]:
    words = {f: set(re.split(r"[\W_]+", f.name.lower())) for f in files if f.is_file()}
    found = {part: [f for f in words if NAMES[part] & words[f]] for part in PARTS}
    for part, several in found.items():
        if len(several) > 1 or (part == "train" and not several):
            raise ValueError(
                f"data: got {len(several) or 'no'} files for {part} in {data}, want one with"
                f" {' or '.join(sorted(NAMES[part]))} in its name, or the files with commas between"
                f" them; there are: {', '.join(f.name for f in files) or 'no files'}"
            )
    return {part: several[0] for part, several in found.items() if several}


def _read(config: TaggedConfig, path: Path) -> list[Tagged]:
    layout = config.layout or ("conllu" if ".conllu" in path.name.lower() else "conll")
    if layout == "conllu":
        if config.comments:
            raise ValueError(f"comments: got {config.comments!r}, but those of conllu begin with #")
        return conllu(path, words=config.word_column or "FORM", tags=config.tag_column or "UPOS")
    word, tag = _number("word_column", config.word_column or "1"), config.tag_column or "-1"
    return conll(path, words=word, tags=_number("tag_column", tag), comments=config.comments)


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"{name}: got {value!r}, want the number of a column of conll") from None


def _words(config: TaggedConfig, counts: Counter[str]) -> Vocabulary:
    if config.vocabulary == 1 or max(counts.values(), default=0) < config.minimum:
        raise ValueError(
            f"vocabulary, minimum: got {config.vocabulary} and {config.minimum}, which leave no"
            f" word but {UNK}"
        )
    size = config.vocabulary or None
    return Vocabulary.build(counts, size=size, minimum=config.minimum, specials=[UNK])


def _tags(parts: Parts, several: bool) -> Vocabulary:
    """The tags of training; every part has some of them."""
    seen = {
        part: {label for s in found for tag in s.tags for label in labels_of(tag, several)}
        for part, found in parts.items()
    }
    for part, found in seen.items():
        if not found & seen["train"]:
            raise ValueError(
                f"{part}: got tags {', '.join(sorted(found)[:5]) or 'of none at all'}, want some of"
                f" training: {', '.join(sorted(seen['train'])[:10])}; is --tag_column right?"
            )
    return Vocabulary(tuple(sorted(seen["train"])))


def _targets(tags: Vocabulary, row: Sequence[str], several: bool) -> np.ndarray:
    """int32 [n] or float32 [n, C]; -1 for what training does not have."""
    ids = {tag: k for k, tag in enumerate(tags.tokens)}
    if not several:
        return np.array([ids.get(tag, -1) for tag in row], np.int32)
    found = np.zeros((len(row), len(tags)), np.float32)
    for t, tag in enumerate(row):
        labels = [ids.get(label, -1) for label in labels_of(tag, True)]
        found[t, labels] = 1
        if -1 in labels:
            found[t] = -1
    return found


def _mark(found: Sequence[Tagged]) -> str:
    text = "\n".join("\t".join(s.words + s.tags) for s in found)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
