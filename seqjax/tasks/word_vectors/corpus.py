"""The text of a run: its files, its phrases, its words counted."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from seqjax.data import Vocabulary
from seqjax.data.builtin.docstrings import python_words
from seqjax.data.words.corpus import WordCorpus, from_pieces
from seqjax.data.words.phrases import find_phrases, joined
from seqjax.data.words.text_pieces import SPLITS, pieces
from seqjax.tasks.word_vectors.config import CorpusConfig

Phrases = list[set[tuple[str, str]]]
"""of each pass, the pairs of words that are joined"""
PASS = "phrases"
"""The pairs of pass n, a blank between the words, are the vocabulary of this name and n."""


def text_files(patterns: Sequence[str]) -> list[Path]:
    """All files that files, folders and patterns name, in order.

    Raises:
      ValueError: for a name that there is no file for.
    """
    files: list[Path] = []
    for name in patterns:
        path = Path(name)
        if path.is_dir():
            members = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".")
        else:
            members = [path] if path.exists() else [Path(each) for each in sorted(glob.glob(name))]
        if not members:
            raise ValueError(
                f"data: got {name!r}, which is no file, no folder with files and no pattern of any"
            )
        files += members
    return files


def find_passes(settings: CorpusConfig, files: Sequence[Path]) -> Phrases:
    """The phrases of a text; each pass reads it as those before have joined it."""
    phrases: Phrases = []
    for number in range(settings.phrases):
        threshold = settings.phrase_threshold / 2**number
        phrases.append(find_phrases(tokens(settings, files, phrases), threshold=threshold))
    return phrases


def as_vocabularies(phrases: Phrases) -> dict[str, Vocabulary]:
    """Phrases as a run keeps them; a pass without any has no vocabulary."""
    lists = [sorted(" ".join(pair) for pair in pairs) for pairs in phrases]
    return {f"{PASS}{n}": Vocabulary(tuple(each)) for n, each in enumerate(lists, 1) if each}


def phrases_of(settings: CorpusConfig, vocabularies: Mapping[str, Vocabulary]) -> Phrases:
    """The phrases that a run keeps."""
    passes = [vocabularies.get(f"{PASS}{n}") for n in range(1, settings.phrases + 1)]
    rows = [() if each is None else each.tokens for each in passes]
    return [{(a, b) for a, _, b in (pair.partition(" ") for pair in row)} for row in rows]


def tokens(settings: CorpusConfig, files: Sequence[Path], phrases: Phrases) -> Iterator[list[str]]:
    """A text in pieces, its phrases joined; without files the one that Python carries."""
    split = SPLITS[settings.split]
    if files:
        return joined(pieces(files, split, settings.encoding), phrases)
    return joined((split(f"{part}\n") for part in python_words()), phrases)


def read_corpus(
    settings: CorpusConfig, files: Sequence[Path], phrases: Phrases, known: Sequence[str] = ()
) -> WordCorpus:
    """The text; ``known`` words are in its vocabulary, whether they occur or not.

    Raises:
      ValueError: for files that cannot be read, or that leave no words; it names them.
    """
    if 0 < settings.vocabulary < len(known):
        raise ValueError(
            f"vocabulary: got {settings.vocabulary}, want {len(known)} or more: so many have"
            " vectors"
        )
    corpus = from_pieces(
        tokens(settings, files, phrases), minimum=settings.minimum,
        size=settings.vocabulary or None, lines=settings.lines, held_out=settings.held_out,
        words=known,
    )  # fmt: skip
    for part, count in (("train on", corpus.train), ("measure on", len(corpus.ids) - corpus.train)):
        if not count:
            raise ValueError(
                f"held_out: got {settings.held_out}, which leaves none of the {len(corpus.ids)}"
                f" words of the text to {part}"
            )
    return corpus
