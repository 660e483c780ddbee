"""Word vectors into files that other tools read."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np

from seqjax.data.formats import vector_binary
from seqjax.data.formats.vector_readers import Vectors

FORMATS = ("word2vec", "binary", "glove")
"""What ``write_vectors`` writes: word2vec text has its size in the first line, GloVe has not."""


def write_vectors(path: str | Path, vectors: Vectors, *, format: str = "word2vec") -> None:
    """Writes a file that ``read_vectors``, and the tools it is named after, read: see ``FORMATS``.

    Text holds the shortest digits that give the same float32 again. A name that ends in .gz makes
    it gzip.

    Raises:
      ValueError: for an unknown format; a matrix that is not [N, D]; an empty word, one with a line
        end, or, but for GloVe, with a blank.
    """
    if format not in FORMATS:
        raise ValueError(f"format: got {format!r}, want one of {', '.join(FORMATS)}")
    words, matrix = vectors.words, np.asarray(vectors.matrix, np.float32)
    if matrix.ndim != 2 or len(words) != len(matrix):
        raise ValueError(f"matrix: got shape {matrix.shape} for {len(words)} words, want [N, D]")
    refused = "\n\r" if format == "glove" else "\n\r "
    for row, word in enumerate(words, 1):
        if not word or any(mark in word for mark in refused):
            raise ValueError(f"words: got {word!r} as number {row}, which {format} cannot hold")
    header = f"{len(words)} {matrix.shape[1]}\n".encode()
    with _made(Path(path)) as file:
        if format != "glove":
            file.write(header)
        for word, vector in zip(words, matrix, strict=True):
            if format == "binary":
                file.write(vector_binary.row(word, vector))
            else:
                file.write(f"{word} {' '.join(vector.astype(str))}\n".encode())


def _made(path: Path) -> io.BufferedWriter | gzip.GzipFile:
    # Without the time of writing, equal vectors make equal files.
    return gzip.GzipFile(path, "wb", mtime=0) if path.suffix == ".gz" else path.open("wb")
