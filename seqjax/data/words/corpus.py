"""A corpus for word vectors: files of any size, read once, as counted words and an array of ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.data.words import word_numbers
from seqjax.data.words.text_pieces import NEWLINE, SPLITS, pieces
from seqjax.data.words.word_numbers import WordNumbers

LIMIT = 1 << 23
"""Words that are kept apart at once while they are counted."""


class WordCorpus(NamedTuple):
    """Words by falling count, and the text as their ids; words that are too rare are not in it."""

    words: tuple[str, ...]
    counts: np.ndarray
    """int64 [V], of the part ``ids[:train]``"""
    ids: np.ndarray
    """int32 [N]: mapped from a temporary file that goes with the process, never wholly in memory"""
    starts: np.ndarray
    """int64 [S], rising: where lines begin, if windows end there; otherwise [0]"""
    train: int
    """ids before this one are for training, the rest is held out"""
    read: int
    """words in the files, the rare ones among them"""


def word_corpus(
    paths: Sequence[str | Path],
    *,
    split: str = "letters",
    minimum: int = 5,
    size: int | None = None,
    lines: bool = False,
    held_out: float = 0.0,
    words: Sequence[str] = (),
    limit: int = LIMIT,
) -> WordCorpus:
    """Reads plain or gzip files one after another, in pieces, with only the vocabulary in memory.

    Args:
      split: letters (lower-cased), words or pretokenised (by white space).
      minimum: how often a word must occur in the training part.
      size: of the vocabulary, at most; the commonest words are kept.
      lines: whether windows end at line ends, as in word2vec and GloVe, or know none.
      held_out: share of the text, its end, that is not for training.
      words: known before, and kept however rare they are.
      limit: of words that are counted at once. When there are more, the rarest so far are
        forgotten, as by word2vec, and one that comes again begins anew.

    Raises:
      ValueError: names the file: missing, a folder, empty, broken gzip, not UTF-8; an unknown
        split; numbers out of range; fewer than two words left.
    """
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r}, want one of {', '.join(SPLITS)}")
    if minimum < 1:
        raise ValueError(f"minimum: got {minimum}, want 1 or more")
    if size is not None and size < max(2, len(words)):
        raise ValueError(f"size: got {size}, want {max(2, len(words))} or more, or None")
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out: got {held_out}, want a share in [0, 1)")
    return from_pieces(
        pieces(paths, SPLITS[split]), minimum=minimum, size=size, lines=lines,
        held_out=held_out, words=words, limit=limit,
    )  # fmt: skip


def from_pieces(
    pieces: Iterator[list[str]],
    *,
    minimum: int = 5,
    size: int | None = None,
    lines: bool = False,
    held_out: float = 0.0,
    words: Sequence[str] = (),
    limit: int = LIMIT,
) -> WordCorpus:
    """The corpus of tokens, with a newline token at each line end; else as ``word_corpus``.

    Raises:
      ValueError: for a limit below 1, or fewer than two words left.

    >>> corpus = from_pieces(iter([["b", "a", "b", "rare"], ["a", "b"]]), minimum=2)
    >>> corpus.words, corpus.counts.tolist(), corpus.ids.tolist()
    (('b', 'a'), [3, 2], [0, 1, 0, 1, 0])
    """
    if limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more")
    numbers = WordNumbers((NEWLINE, *words), limit)
    text = word_numbers.on_disk(map(numbers.of, pieces))
    names = numbers.names()
    train = int(len(text) * (1 - held_out))
    counts = word_numbers.count(text[:train], len(names))
    chosen = word_numbers.vocabulary_rows(names, counts, minimum, size, len(words))
    if len(chosen) < 2:
        raise ValueError(
            f"minimum: got {minimum}, but {len(chosen)} words of the text occur {minimum} times or"
            " more; want two or more such words"
        )
    id_of = np.full(len(names), -1, np.int32)
    id_of[chosen] = np.arange(len(chosen), dtype=np.int32)
    ids, starts, cut = word_numbers.encoded(text, id_of, train, lines)
    newlines = sum(int(np.count_nonzero(block == 0)) for block in word_numbers.blocks(text))
    read = len(text) - newlines
    return WordCorpus(tuple(names[chosen].tolist()), counts[chosen], ids, starts, cut, read)
