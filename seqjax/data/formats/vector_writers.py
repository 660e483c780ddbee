"""Word vectors into files that other tools read."""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from seqjax.basics.whole_file import whole_file
from seqjax.data.formats import vector_binary
from seqjax.data.formats.vector_lines import CHUNK
from seqjax.data.formats.vector_readers import Vectors
from seqjax.data.formats.vector_recognition import is_text, sample_size
from seqjax.data.formats.vector_words import check_words

FORMATS = ("word2vec", "binary", "glove")
"""What ``write_vectors`` writes: word2vec text has its size in the first line, GloVe has not."""


def write_vectors(path: str | Path, vectors: Vectors, *, format: str = "word2vec") -> None:
    """Writes a file that ``read_vectors``, and the tools it is named after, read: see ``FORMATS``.

    Text holds the shortest digits that give the same float32 again. A name that ends in .gz makes
    it gzip.

    Raises:
      ValueError: for an unknown format; a matrix that is not [N, D] or not finite in float32; words
        that would not come back as they are: see ``check_words``; bytes that read as another
        format, which a vector of one or two numbers may have. Nothing is written then.
    """
    if format not in FORMATS:
        raise ValueError(f"format: got {format!r}, want one of {', '.join(FORMATS)}")
    with np.errstate(over="ignore"):
        words, matrix = vectors.words, np.asarray(vectors.matrix, np.float32)
    if matrix.ndim != 2 or len(words) != len(matrix):
        raise ValueError(f"matrix: got shape {matrix.shape} for {len(words)} words, want [N, D]")
    check_words(words, format)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        word = words[int(np.argmin(finite))]
        raise ValueError(f"matrix: got numbers for {word!r} that are not finite in float32")
    if format != "glove":
        _check_recognised(words, matrix, format)
    with whole_file(path) as temporary, _open_new(temporary, Path(path).name) as file:
        if format != "glove":
            file.write(f"{len(words)} {matrix.shape[1]}\n".encode())
        file.writelines(_rows(words, matrix, format))


def _rows(words: tuple[str, ...], matrix: np.ndarray, format: str) -> Iterator[bytes]:
    for word, vector in zip(words, matrix, strict=True):
        if format == "binary":
            yield vector_binary.row(word, vector)
        else:
            yield f"{word} {' '.join(vector.astype(str))}\n".encode()


def _check_recognised(words: tuple[str, ...], matrix: np.ndarray, format: str) -> None:
    """Raises a ValueError if readers would take text for binary, or the other way round."""
    count, width = matrix.shape
    rows, sample = _rows(words, matrix, format), bytearray()
    # Readers look at fewer bytes than these, so that they decide alike.
    while len(sample) <= sample.find(b" ") + sample_size(width) + CHUNK and (
        row := next(rows, b"")
    ):
        sample += row
    if is_text(io.BytesIO(sample), count, width) != (format != "binary"):
        raise ValueError(f"matrix: got numbers whose bytes do not show that they are {format}; want"
                         " another format")  # fmt: skip


@contextlib.contextmanager
def _open_new(path: Path, name: str) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The file, compressed where ``name``, which it will have, ends in .gz."""
    with path.open("wb") as file:
        if name.endswith(".gz"):
            # Without the time of writing, equal vectors make equal files.
            with gzip.GzipFile(name, "wb", mtime=0, fileobj=file) as compressed:
                yield compressed
        else:
            yield file
