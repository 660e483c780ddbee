"""The text that both sides train word vectors on: one file that seqjax and gensim can read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from seqjax.data.builtin.docstrings import python_words
from seqjax.data.words.corpus import WordCorpus, word_corpus
from seqjax.data.words.text_pieces import NEWLINE, SPLITS, pieces
from seqjax.tasks.word_vectors.config import names
from seqjax.tasks.word_vectors.corpus import text_files

LINE = 1000
"""Words of a line: gensim's windows end there, ours do not."""


def files(data: str) -> list[Path]:
    """Those that a flag names, with commas between; none for the text that Python carries.

    Raises:
      ValueError: for a name that there is no file for.
    """
    return text_files(names(data))


def prepare(data: str, path: Path, first: int) -> int:
    """Writes lower-cased letters with blanks between words, ``LINE`` words a line.

    Args:
      data: files of text with commas between; nothing: the words of Python's documentation.
      path: of the file that is written.
      first: so many words alone; 0: all.

    Returns:
      How many words were written.
    """
    split = SPLITS["letters"]
    paths = text_files(names(data))
    texts = pieces(paths, split) if paths else map(split, python_words())
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in _lines(texts, first):
            file.write(" ".join(line) + "\n")
            count += len(line)
    return count


def _lines(texts: Iterator[list[str]], first: int) -> Iterator[list[str]]:
    """``LINE`` words at a time, ``first`` in all unless it is 0."""
    words: list[str] = []
    left = first or float("inf")
    for text in texts:
        words += [word for word in text if word != NEWLINE]
        while len(words) >= LINE and left > 0:
            line, words = words[: int(min(LINE, left))], words[LINE:]
            left -= len(line)
            yield line
        if left <= 0:
            return
    if words:
        yield words[: int(min(len(words), left))]


def read(path: Path, minimum: int, size: int) -> tuple[WordCorpus, float]:
    """The corpus of a prepared file, and the seconds of reading it.

    Args:
      minimum: a rarer word is left out.
      size: numbers of a vector.

    Raises:
      ValueError: for fewer words than numbers of a vector.
    """
    start = time.perf_counter()
    corpus = word_corpus([path], split="pretokenised", minimum=minimum)
    if size > len(corpus.words):
        raise ValueError(f"size: got {size}, want {len(corpus.words)} or less, the words")
    return corpus, time.perf_counter() - start
