"""Rows of word2vec's binary files: a word, a blank, D float32 little-endian, perhaps a newline."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

CHUNK = 1 << 20


def rows(
    path: Path, file: io.BufferedReader, count: int, width: int, wanted: int
) -> Iterator[tuple[bytes, np.ndarray]]:
    """The first ``wanted`` rows of ``count``, (word, float32 [D]) each.

    word2vec ends each with a newline, gensim does not.

    Raises:
      ValueError: names the file and the row if it ends too early, or goes on after the last row.
    """
    size, data, at = 4 * width, b"", 0
    for row in range(1, wanted + 1):
        while (blank := data.find(b" ", at)) < 0 or len(data) <= blank + size:
            more = file.read(CHUNK)
            if not more:
                raise ValueError(
                    f"{path}, row {row}: got a file that ends within it, want {count} rows of"
                    f" {width} numbers, as its first line says"
                )
            data, at = data[at:] + more, 0
        yield data[at:blank].lstrip(b"\n"), np.frombuffer(data, "<f4", width, blank + 1)
        at = blank + 1 + size
    if wanted == count and (data[at:] + file.read(2)).strip(b"\n"):
        raise ValueError(f"{path}: got more than {count} rows, want as many as its first line says")


def row(word: str, vector: np.ndarray) -> bytes:
    r"""One row of a word and its vector [D], with the newline that word2vec itself writes.

    >>> row("a", np.array([1.0, 2.0]))
    b'a \x00\x00\x80?\x00\x00\x00@\n'
    """
    return word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n"
