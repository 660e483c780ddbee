"""Word vectors from the files that others publish."""

from __future__ import annotations

import gzip
import io
import itertools
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.formats import vector_binary, vector_text
from seqjax.data.text import GZIP

HEADER = re.compile(rb"(\d+)[ \t]+(\d+)[ \t]*")


class Vectors(NamedTuple):
    """Words and their vectors."""

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
    r"""The vectors of a file, plain or gzip; what kind of file it is shows in its first bytes.

        GloVe text           the 0.418 0.24968 ...        a row a word; words may contain blanks
        word2vec text, .vec  400000 300                   the same with the size first
        word2vec binary      400000 300\nthe <4 D bytes>    float32; with or without \n after a row

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
    if limit is not None and limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more, or None")
    if encoding_errors not in {"strict", "replace", "ignore"}:
        raise ValueError(
            f"encoding_errors: got {encoding_errors!r}, want strict, replace or ignore"
        )
    with _opened(path) as file:
        try:
            width, rows = _rows(path, file, limit)
            return _collect(path, width, rows, keep, encoding_errors)
        except (gzip.BadGzipFile, EOFError, OSError) as error:
            raise ValueError(f"{path}: got a file that cannot be read ({error})") from error


def _opened(path: Path) -> io.BufferedReader:
    if not path.is_file():
        raise ValueError(f"{path}: got {'a folder' if path.is_dir() else 'no file'}, want vectors")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return io.BufferedReader(gzip.GzipFile(path)) if packed else path.open("rb")


def _rows(
    path: Path, file: io.BufferedReader, limit: int | None
) -> tuple[int, Iterator[tuple[bytes, Any]]]:
    """The width, and a word with its numbers for each row."""
    first = file.readline().removeprefix(b"\xef\xbb\xbf")
    size = HEADER.fullmatch(first.rstrip(b"\r\n"))
    if size is None:
        return vector_text.unsized(path, itertools.chain([first], file), limit)
    count, width = map(int, size.groups())
    if not width:
        raise ValueError(f"{path}: got a header of width 0, want 1 or more")
    wanted = count if limit is None else min(count, limit)
    kind = vector_text.sized if _is_text(file, width) else vector_binary.rows
    return width, kind(path, file, count, width, wanted)


def _is_text(file: io.BufferedReader, width: int) -> bool:
    """Numbers in text are printable; bytes of float32 are not, or only by an odd chance."""
    place = file.tell()
    _, _, numbers = file.read(1 << 12).partition(b" ")
    file.seek(place)
    row = numbers.split(b"\n")[0][: 4 * width]
    return all(32 <= byte < 127 or byte in b"\t\r" for byte in row)


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
        word = _word(path, row, raw, encoding_errors)
        if keep is not None and word not in keep:
            continue
        if word in words:
            duplicates += 1
            continue
        words[word] = None
        matrix += _vector(path, row, numbers).tobytes()
    return Vectors(tuple(words), np.frombuffer(matrix, np.float32).reshape(-1, width), duplicates)


def _word(path: Path, row: int, raw: bytes, errors: str) -> str:
    if not raw:
        raise ValueError(f"{path}, row {row}: got no word before the numbers, want one")
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError:
        raise ValueError(
            f"{path}, row {row}: got a word that is not UTF-8, {raw[:40]!r}; want UTF-8, or"
            " encoding_errors replace or ignore"
        ) from None


def _vector(path: Path, row: int, numbers: Any) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            vector = np.asarray(numbers, np.float32)
    except ValueError as error:
        raise ValueError(f"{path}, row {row}: {error}, want numbers alone") from None
    if not np.isfinite(vector).all():
        wrong = vector[~np.isfinite(vector)][0]
        raise ValueError(f"{path}, row {row}: got {wrong}, want finite numbers")
    return vector
