"""Keyed vectors from files and to files; the ending of a name says which kind of file."""

from __future__ import annotations

import zipfile
from collections.abc import Container
from pathlib import Path

import numpy as np

from seqjax.data.formats.vector_readers import Vectors, read_vectors
from seqjax.data.formats.vector_writers import write_vectors
from seqjax.vectors.keyed import KeyedVectors

NUMPY = ".npz"
ENDINGS = {".txt": "word2vec", ".vec": "word2vec", ".bin": "binary", ".glove": "glove"}


def load(
    path: str | Path,
    *,
    limit: int | None = None,
    keep: Container[str] | None = None,
    encoding_errors: str = "strict",
) -> KeyedVectors:
    """The vectors of a file: .npz as ``save`` writes it, or whatever ``read_vectors`` knows.

    That is word2vec text and binary, GloVe text, fastText .vec, plain or gzip; which one it is
    shows in the file itself.

    Args:
      limit: rows that are read at most: the commonest words.
      keep: words that are wanted.
      encoding_errors: for words that are not UTF-8: strict (an error), replace or ignore.

    Raises:
      ValueError: names the file and, where known, the row.
    """
    if Path(path).suffix == NUMPY:
        found = _read_numpy(Path(path), limit, keep)
    else:
        found = read_vectors(path, limit=limit, keep=keep, encoding_errors=encoding_errors)
    if not found.words:
        raise ValueError(f"{path}: got none of the words to keep")
    return KeyedVectors(found.words, found.matrix)


def save(path: str | Path, vectors: KeyedVectors) -> None:
    """Writes a file that ``load`` reads, as its ending says; .gz may follow text and binary.

        .npz             NumPy: arrays words and matrix, the exact numbers
        .txt or .vec     word2vec text, its size in the first line
        .glove           GloVe text
        .bin             word2vec binary

    Raises:
      ValueError: for another ending, or a word that the format cannot hold.
    """
    path = Path(path)
    if path.suffix == NUMPY:
        np.savez(path, words=np.array(vectors.words), matrix=vectors.matrix)
        return
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if ending not in ENDINGS:
        raise ValueError(
            f"{path}: got a name that ends in {path.suffix or 'nothing'!r}, want"
            f" {', '.join([NUMPY, *ENDINGS])}"
        )
    write_vectors(path, Vectors(vectors.words, vectors.matrix), format=ENDINGS[ending])


def save_projector(folder: str | Path, vectors: KeyedVectors) -> None:
    """Writes vectors.tsv and metadata.tsv, which the TensorFlow embedding projector loads.

    Numbers with tabs between them and a word a line, both without a head, as a single column of
    labels has none.

    Raises:
      ValueError: for a word with a tab or a line end, which would shift all labels after it.
    """
    for word in vectors.words:
        if not word or any(mark in word for mark in "\t\r\n"):
            raise ValueError(f"words: got {word!r}, want words without tabs and line ends")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "vectors.tsv").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines("\t".join(row.astype(str)) + "\n" for row in vectors.matrix)
    (folder / "metadata.tsv").write_text(
        "".join(f"{word}\n" for word in vectors.words), encoding="utf-8", newline="\n"
    )


def _read_numpy(path: Path, limit: int | None, keep: Container[str] | None) -> Vectors:
    if limit is not None and limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more, or None")
    try:
        # numpy leaves a file open that it cannot read, unless it is given open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            words, matrix = arrays["words"].tolist(), arrays["matrix"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: got no file with arrays words and matrix ({error})") from error
    words, matrix = words[:limit], matrix[:limit]
    if keep is not None:
        kept = [row for row, word in enumerate(words) if word in keep]
        words, matrix = [words[row] for row in kept], matrix[kept]
    return Vectors(tuple(words), matrix)
