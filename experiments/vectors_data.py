"""The text that word vectors are trained on, and its pieces: what every objective shares."""

from __future__ import annotations

import dataclasses
import functools
import glob
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import Source
from seqjax.data.builtin.docstrings import python_words
from seqjax.data.words.cooccurrence import Cooccurrences, cooccurrences
from seqjax.data.words.corpus import SPLITS, WordCorpus, from_pieces, pieces
from seqjax.data.words.corpus_pieces import CorpusPieces
from seqjax.data.words.entries import WordEntries
from seqjax.data.words.phrases import find_phrases, joined
from seqjax.data.words.subsampling import keep_probability
from seqjax.vectors.training.config import VectorsConfig

DEFAULT = "python"


@dataclasses.dataclass(frozen=True)
class VocabularyConfig:
    """A text and which of its words get vectors."""

    data: str = option(
        "", "file, folder or pattern of text, gzip or plain, several with commas between them;"
        " nothing: the words of Python's documentation"
    )  # fmt: skip
    split: str = option("letters", "letters (lower-cased), words or pretokenised (white space)")
    lines: bool = option(False, "windows end at line ends")
    minimum: int = option(5, "a rarer word gets no vector")
    vocabulary: int = option(0, "so many words at most, the commonest; 0: all")
    sample: float = option(
        1e-3, "words of a larger share are left out at random, the more the commoner; 0: none"
    )
    held_out: float = option(0.01, "share of the text, its end, that the loss is measured on")
    phrases: int = option(0, "passes that join words to phrases before training (word2phrase)")
    phrase_threshold: float = option(100.0, "of the score of a phrase, halved with each pass")
    piece: int = option(1 << 15, "words (glove: entries) of one call of the compiled program")


class Text(NamedTuple):
    """A text, and what of it is trained on."""

    corpus: WordCorpus
    keep: np.ndarray
    """how likely an occurrence of each word is kept"""
    sources: dict[str, Source]
    """train and valid"""
    amount: int
    """words of an epoch, the rare ones not among them; of GloVe entries"""
    data: dict[str, Any]
    """what the data was, for the record of the run"""
    entries: Cooccurrences | None
    """of GloVe"""


def check(config: VocabularyConfig) -> None:
    """Raises a ValueError, before anything is read, for a flag out of range or a missing file."""
    checks.lookup("split", SPLITS, config.split)
    for name in ("minimum", "piece"):
        checks.positive(name, getattr(config, name))
    if config.vocabulary < 0 or config.vocabulary == 1:
        raise ValueError(f"vocabulary: got {config.vocabulary}, want 2 or more, or 0 for all")
    if not 0 <= config.sample <= 1:
        raise ValueError(f"sample: got {config.sample}, want a share in [0, 1]")
    if not 0 < config.held_out < 1:
        raise ValueError(f"held_out: got {config.held_out}, want a share above 0 and below 1")
    if config.phrases < 0 or not config.phrase_threshold >= 0:
        raise ValueError(f"phrases, phrase_threshold: got {config.phrases} and"
                         f" {config.phrase_threshold}, want 0 or more")  # fmt: skip
    files(config.data)


def read(config: VocabularyConfig, known: Sequence[str] = ()) -> WordCorpus:
    """The corpus; ``known`` words are in its vocabulary, whether they occur or not.

    Raises:
      ValueError: for files that cannot be read, or that leave no words; it names them.
    """
    split = SPLITS[config.split]
    paths = files(config.data)
    if 0 < config.vocabulary < len(known):
        raise ValueError(
            f"vocabulary: got {config.vocabulary}, want {len(known)} or more: so many have vectors"
        )

    def text() -> Any:
        if paths:
            return pieces(paths, split)
        return (split(f"{part}\n") for part in python_words())

    found: list[set] = []
    for number in range(config.phrases):
        threshold = config.phrase_threshold / 2**number
        found.append(find_phrases(joined(text(), found), threshold=threshold))
    corpus = from_pieces(
        joined(text(), found), minimum=config.minimum, size=config.vocabulary or None,
        lines=config.lines, held_out=config.held_out, words=known,
    )  # fmt: skip
    for part, count in (("train on", corpus.train), ("measure on", len(corpus.ids) - corpus.train)):
        if not count:
            raise ValueError(f"held_out: got {config.held_out}, which leaves none of the"
                             f" {len(corpus.ids)} words of the text to {part}")  # fmt: skip
    return corpus


def files(data: str) -> list[Path]:
    """All files that a flag names, in order; none for the text that Python carries.

    Raises:
      ValueError: for a name that there is no file for.
    """
    found: list[Path] = []
    for name in filter(None, data.split(",")):
        path = Path(name)
        if path.is_dir():
            here = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".")
        else:
            here = [path] if path.exists() else [Path(each) for each in sorted(glob.glob(name))]
        if not here:
            raise ValueError(f"data: got {name!r}, which is no file, no folder with files and no"
                             " pattern of any")  # fmt: skip
        found += here
    return found


def prepare(
    config: VocabularyConfig, objective: VectorsConfig, corpus: WordCorpus, seed: int
) -> Text:
    """Cuts the corpus, or counts it, as the objective wants it.

    Raises:
      ValueError: for flags out of range, or a text too short to hold anything out.
    """
    keep = keep_probability(corpus.counts, config.sample)
    data = {
        "name": config.data or DEFAULT,
        "words": len(corpus.words),
        "length": len(corpus.ids),
        "checksum": checksum(corpus.ids),
    }
    if objective.objective == "glove":
        entries = cooccurrences(corpus, window=objective.window, symmetric=objective.symmetric)
        sources = {
            part: WordEntries(entries, part=part, held_out=config.held_out, length=config.piece)
            for part in ("train", "valid")
        }
        amount = sources["train"].entries
        return Text(corpus, keep, dict(sources), amount, data, entries)
    dynamic = objective.dynamic and objective.objective in ("skip_gram", "cbow")
    make = functools.partial(
        CorpusPieces, corpus, keep, window=objective.window, dynamic=dynamic, length=config.piece,
        seed=seed,
    )  # fmt: skip
    parts = {part: make(part=part) for part in ("train", "valid")}
    return Text(corpus, keep, dict(parts), corpus.train, data, None)


def checksum(ids: np.ndarray) -> int:
    """CRC-32 of an array that may be larger than memory."""
    found = 0
    for at in range(0, len(ids), 1 << 22):
        found = zlib.crc32(ids[at : at + (1 << 22)].tobytes(), found)
    return found
