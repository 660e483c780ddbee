"""fastText's own binary files, of skip-gram and CBOW: words, their counts, and n-grams.

magic, version               int32 793712314, 12
arguments                    12 int32 (width, ..., model, buckets, shortest, longest, ...), float64
sizes of the dictionary      words, of which words, of which labels: int32; tokens, pruned: int64
words                        the bytes, a zero; int64 count; int8, 0 for a word
is it quantised?             one byte, 0
input matrix                 int64 rows, int64 width; float32: a row a word, then a row a bucket
output matrix                not read
"""

from __future__ import annotations

import io
import struct
from collections.abc import Container
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.formats.vector_recognition import MAGIC, UNREADABLE, opened
from seqjax.data.formats.vector_words import check_reading, decoded
from seqjax.data.words.character_ngrams import mean_vectors

VERSIONS = (11, 12)
"""They differ in supervised models alone."""
SUPERVISED = 3
LONGEST = 64
"""Characters of an n-gram at most; fastText's own are of 6."""
LONGEST_WORD = 1 << 16
"""Bytes of a word at most: it has up to 64 n-grams for each."""
CHUNK = 1 << 16
END = b"</s>"
"""The end of a line, which has no n-grams."""


class FastTextModel(NamedTuple):
    """Vectors of the words of a vocabulary, and the n-grams that others are composed of."""

    words: tuple[str, ...]
    matrix: np.ndarray
    """float32 [N, D]: the mean of a word's own row and the rows of its n-grams"""
    counts: np.ndarray
    """int64 [N]"""
    ngrams: np.ndarray
    """float32 [B, D], by the hash of the n-gram; of a plain file mapped, not in memory"""
    shortest: int
    longest: int
    """characters of an n-gram; 0: there are none"""
    duplicates: int
    """words of the file that read as one before them and were left out"""


def read_fasttext(
    path: str | Path,
    *,
    limit: int | None = None,
    keep: Container[str] | None = None,
    encoding_errors: str = "strict",
) -> FastTextModel:
    """The model of a file, plain or gzip; only words that are wanted are composed.

    Args:
      limit: words that are read at most, the commonest ones.
      keep: words that are wanted.
      encoding_errors: what happens to a word that is not UTF-8: strict (an error), replace or
        ignore. N-grams are those of its bytes.

    Raises:
      ValueError: names the file: no such file, none of fastText's, of another version, supervised,
        quantised, cut short; names the row of a word that is not UTF-8.
    """
    path = Path(path)
    check_reading(limit, encoding_errors)
    with opened(path) as file:
        try:
            return model(path, file, limit, keep, encoding_errors)
        except UNREADABLE as error:
            raise ValueError(f"{path}: got a file that cannot be read ({error})") from error


def model(
    path: Path,
    file: io.BufferedReader,
    limit: int | None,
    keep: Container[str] | None,
    encoding_errors: str,
) -> FastTextModel:
    """The model of a file that is open at its beginning; see ``read_fasttext``.

    Raises:
      ValueError: as ``read_fasttext`` does.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError(f"{path}: got no binary file of fastText, which begin with {MAGIC!r}")
    (version,) = _numbers(path, file, "i")
    if version not in VERSIONS:
        raise ValueError(f"{path}: got version {version}, want 11 or 12")
    width, *_, kind, buckets, shortest, longest, _, _ = _numbers(path, file, "12id")
    size, _, labels, _, pruned = _numbers(path, file, "3i2q")
    if width < 1 or min(size, buckets, shortest, longest) < 0 or longest > LONGEST:
        raise ValueError(
            f"{path}: got {size} words, {buckets} buckets, width {width} and n-grams of"
            f" {shortest} to {longest} characters, want numbers of 0 or more, a width of 1 or more"
            f" and n-grams of {LONGEST} characters at most"
        )
    if longest and (not buckets or shortest > longest):
        raise ValueError(
            f"{path}: got n-grams of {shortest} to {longest} characters in {buckets} buckets, want"
            " the longest no shorter than the shortest, and a bucket or more"
        )
    if kind == SUPERVISED or labels:
        raise ValueError(f"{path}: got a supervised model, want skip-gram or CBOW")
    raw, counts = _dictionary(path, file, size)
    _read(path, file, 8 * max(0, pruned), "pruned n-grams")
    (quantised,) = _numbers(path, file, "?")
    if quantised:
        raise ValueError(f"{path}: got a quantised model (.ftz), want the .bin it was made from")
    table = _matrix(path, file, size + buckets, width)
    rows: dict[str, int] = {}
    known = range(size if limit is None else min(limit, size))
    names = [decoded(path, row + 1, raw[row], encoding_errors) for row in known]
    for row, word in enumerate(names):
        if keep is None or word in keep:
            rows.setdefault(word, row)
    chosen = np.array([*rows.values()], np.int64)
    wanted = sum(keep is None or word in keep for word in names)
    vectors = _composed(
        [raw[row] for row in chosen], table[chosen], table[size:], shortest, longest
    )
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        row = int(chosen[np.argmin(finite)])
        raise ValueError(f"{path}, row {row + 1}: got numbers that are not finite for"
                         f" {names[row]!r}")  # fmt: skip
    return FastTextModel(
        tuple(rows), vectors, counts[chosen], table[size:], shortest, longest, wanted - len(rows)
    )


def _composed(
    words: list[bytes], word_rows: np.ndarray, ngrams: np.ndarray, shortest: int, longest: int
) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        vectors = mean_vectors(ngrams, words, own=word_rows, shortest=shortest, longest=longest)
    if END in words:
        vectors[words.index(END)] = word_rows[words.index(END)]
    return vectors


def _numbers(path: Path, file: io.BufferedReader, format: str) -> tuple[Any, ...]:
    data = file.read(struct.calcsize(f"<{format}"))
    if len(data) < struct.calcsize(f"<{format}"):
        raise ValueError(f"{path}: got a file of fastText that ends too early")
    return struct.unpack(f"<{format}", data)


def _dictionary(path: Path, file: io.BufferedReader, size: int) -> tuple[list[bytes], np.ndarray]:
    """(words as bytes, counts)."""
    words: list[bytes] = []
    counts: list[int] = []
    for row in range(size):
        word = bytearray()
        while not word.endswith(b"\0"):
            waiting = file.peek(1)
            part = file.read((waiting.find(b"\0") + 1) or len(waiting))
            if not part:
                raise ValueError(f"{path}: got a file of fastText that ends within its words")
            word += part
            if len(word) > LONGEST_WORD:
                raise ValueError(f"{path}, row {row + 1}: got a word of more than {LONGEST_WORD:,}"
                                 " bytes")  # fmt: skip
        words.append(bytes(word[:-1]))
        count, _ = _numbers(path, file, "qb")
        if count < 0:
            raise ValueError(f"{path}, row {row + 1}: got {count} occurrences, want 0 or more")
        counts.append(count)
    return words, np.array(counts, np.int64)


def _matrix(path: Path, file: io.BufferedReader, rows: int, width: int) -> np.ndarray:
    """float32 [rows, width], of a plain file mapped: most of it is not needed."""
    shape = _numbers(path, file, "2q")
    if shape != (rows, width):
        raise ValueError(f"{path}: got a matrix of shape {shape}, want {(rows, width)}: words and"
                         " buckets, width")  # fmt: skip
    if not rows:
        return np.zeros((0, width), "<f4")
    if isinstance(file.raw, io.FileIO):
        if path.stat().st_size < file.tell() + 4 * rows * width:
            raise ValueError(f"{path}: got a file of fastText that ends within its matrix")
        return np.memmap(path, "<f4", "r", file.tell(), (rows, width))
    data = _read(path, file, 4 * rows * width, "matrix")
    return np.frombuffer(data, "<f4").reshape(rows, width)


def _read(path: Path, file: io.BufferedReader, size: int, what: str) -> bytearray:
    """So many bytes, for which memory is taken only as they come."""
    data = bytearray()
    while len(data) < size:
        part = file.read(min(size - len(data), CHUNK))
        if not part:
            raise ValueError(f"{path}: got a file of fastText that ends within its {what}")
        data += part
    return data
