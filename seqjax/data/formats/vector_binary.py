"""Rows of word2vec's binary files: a word, a blank, D float32 little-endian, perhaps a newline."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

CHUNK = 1 << 16
LONGEST = 1 << 26
"""Bytes of a word at most."""


def rows(
    path: Path, file: io.BufferedReader, count: int, width: int, wanted: int
) -> Iterator[tuple[bytes, np.ndarray]]:
    """The first ``wanted`` rows of ``count``, (word, float32 [D]) each.

    word2vec ends each with a newline, gensim does not.

    Raises:
      ValueError: names the file and the row if it ends too early, or goes on after the last row.
    """
    size, data, at = 4 * width, bytearray(), 0
    for row in range(1, wanted + 1):
        blank = data.find(b" ", at)
        while blank < 0 or len(data) <= blank + size:
            more = file.read(CHUNK)
            if not more or (blank < 0 and len(data) > at + LONGEST):
                raise ValueError(
                    f"{path}, row {row}: got a file that ends within it, want {count} rows of"
                    f" {width} numbers, as its first line says"
                )
            del data[:at]
            blank, searched, at = blank - at, len(data), 0
            data += more
            if blank < 0:
                blank = data.find(b" ", searched)
        numbers = bytes(data[blank + 1 : blank + 1 + size])
        yield bytes(data[at:blank]).lstrip(b"\n"), np.frombuffer(numbers, "<f4")
        at = blank + 1 + size
    if wanted == count and (data[at:] + file.read(2)).strip(b"\n"):
        raise ValueError(f"{path}: got more than {count} rows, want as many as its first line says")


def row(word: str, vector: np.ndarray) -> bytes:
    r"""One row of a word and its vector [D], with the newline that word2vec itself writes.

    >>> row("a", np.array([1.0, 2.0]))
    b'a \x00\x00\x80?\x00\x00\x00@\n'
    """
    return word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n"
