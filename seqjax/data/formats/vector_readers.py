"""Word vectors from the files that others publish."""

from __future__ import annotations

import io
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.formats import fasttext_binary, vector_binary, vector_text
from seqjax.data.formats.vector_lines import lines_of
from seqjax.data.formats.vector_recognition import (
    UNREADABLE,
    begins_like_fasttext,
    is_text,
    opened,
    read_header,
)
from seqjax.data.formats.vector_words import check_reading, decoded


class Vectors(NamedTuple):
    """Words and their vectors.

    >>> Vectors(("cat", "dog"), np.eye(2, dtype=np.float32)).matrix.shape
    (2, 2)
    """

    words: tuple[str, ...]
    """distinct"""
    matrix: np.ndarray
    """float32 [N, D]"""
    duplicates: int = 0
    """rows of the file that repeat a word and were left out: the first one counts"""


def read_vectors(
    path: str | Path,
    *,
    limit: int | None = None,
    keep: Container[str] | None = None,
    encoding_errors: str = "strict",
) -> Vectors:
    r"""The vectors of a file, plain or gzip; what kind of file it is shows in its bytes.

        GloVe text           the 0.418 0.24968 ...        a row a word; words may contain blanks
        word2vec text, .vec  400000 300                   the same with the size first
        word2vec binary      400000 300\nthe <4 D bytes>    float32; with or without \n after a row
        fastText binary      .bin: see ``read_fasttext``, which has more of it

    Lines end in \n, \r\n or \r and in nothing else; a byte-order mark at the start is left out.

    Args:
      limit: rows that are read at most, the first ones; the rest of the file is not looked at.
      keep: words that are wanted; of the others, neither numbers nor repetitions are looked at.
      encoding_errors: what happens to a word that is not UTF-8: strict (an error), replace or
        ignore.

    Raises:
      ValueError: names the file, and the row, counted from 1 without the header: no such file, a
        row of another width, no number, not finite, not UTF-8, another count than the header says,
        a file that ends too early.
    """
    path = Path(path)
    check_reading(limit, encoding_errors)
    with opened(path) as file:
        try:
            if begins_like_fasttext(file):
                model = fasttext_binary.model(path, file, limit, keep, encoding_errors)
                return Vectors(model.words, model.matrix, model.duplicates)
            width, rows = _rows(path, file, limit)
            return _collect(path, width, rows, keep, encoding_errors)
        except UNREADABLE as error:
            raise ValueError(f"{path}: got a file that cannot be read ({error})") from error


def _rows(
    path: Path, file: io.BufferedReader, limit: int | None
) -> tuple[int, Iterator[tuple[bytes, Any]]]:
    """The width, and a word with its numbers for each row."""
    size = read_header(file)
    if size is None:
        return vector_text.unsized(path, lines_of(path, file), limit)
    count, width = size
    if not width:
        raise ValueError(f"{path}: got a header of width 0, want 1 or more")
    wanted = count if limit is None else min(count, limit)
    if is_text(file, count, width):
        return width, vector_text.sized(path, lines_of(path, file), count, width, wanted)
    return width, vector_binary.rows(path, file, count, width, wanted)


def _collect(
    path: Path,
    width: int,
    rows: Iterator[tuple[bytes, Any]],
    keep: Container[str] | None,
    encoding_errors: str,
) -> Vectors:
    words: dict[str, None] = {}
    matrix, duplicates = bytearray(), 0
    for row, (raw, numbers) in enumerate(rows, 1):
        word = decoded(path, row, raw, encoding_errors)
        if keep is not None and word not in keep:
            continue
        if word in words:
            duplicates += 1
            continue
        words[word] = None
        matrix += _vector(path, row, numbers).tobytes()
    return Vectors(tuple(words), np.frombuffer(matrix, np.float32).reshape(-1, width), duplicates)


def _vector(path: Path, row: int, numbers: Any) -> np.ndarray:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            vector = np.asarray(numbers, np.float32)
        if isinstance(numbers, list) and b"_" in b"".join(numbers):
            odd = next(number for number in numbers if b"_" in number)
            raise ValueError(f"could not convert string to float: {odd!r}")
    except ValueError as error:
        raise ValueError(f"{path}, row {row}: {error}, want numbers alone") from None
    if not np.isfinite(vector).all():
        wrong = vector[~np.isfinite(vector)][0]
        raise ValueError(f"{path}, row {row}: got {wrong}, want finite numbers")
    return vector
