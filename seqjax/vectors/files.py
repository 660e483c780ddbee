"""Keyed vectors from files and to files; the ending of a name says which kind of file."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

import numpy as np

from seqjax.basics.whole_file import check_place, whole_file
from seqjax.data.formats.fasttext_binary import read_fasttext
from seqjax.data.formats.vector_counts import read_counts, write_counts
from seqjax.data.formats.vector_numpy import read_numpy, write_numpy
from seqjax.data.formats.vector_readers import Vectors, read_vectors
from seqjax.data.formats.vector_recognition import is_fasttext
from seqjax.data.formats.vector_words import MARK
from seqjax.data.formats.vector_writers import write_vectors
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.subword import SubwordVectors

NUMPY = ".npz"
NO_LABEL = re.compile("[\t\r\n\ud800-\udfff]")
ENDINGS = {".txt": "word2vec", ".vec": "word2vec", ".bin": "binary", ".glove": "glove"}


def load(
    path: str | Path,
    *,
    limit: int | None = None,
    keep: Container[str] | None = None,
    encoding_errors: str = "strict",
    counts: str | Path | None = None,
) -> KeyedVectors:
    """The vectors of a file: .npz as ``save`` writes it, or whatever ``read_vectors`` knows.

    That is word2vec text and binary, GloVe text, fastText .vec and .bin, plain or gzip; which one
    it is shows in the file itself. .npz and fastText's .bin hold counts; text and word2vec's binary
    do not.

    Args:
      limit: rows that are read at most: the commonest words.
      keep: words that are wanted.
      encoding_errors: for words that are not UTF-8: strict (an error), replace or ignore.
      counts: a file of lines "word count", as word2vec's -save-vocab and gensim's fvocab.

    Raises:
      ValueError: names the file and, where known, the row; for counts without one of the words.
    """
    content: tuple[tuple[str, ...], np.ndarray, np.ndarray | None]
    if Path(path).suffix == NUMPY:
        content = read_numpy(path, limit=limit, keep=keep)
    elif is_fasttext(Path(path)):
        model = read_fasttext(path, limit=limit, keep=keep, encoding_errors=encoding_errors)
        content = model.words, model.matrix, model.counts
    else:
        rows = read_vectors(path, limit=limit, keep=keep, encoding_errors=encoding_errors)
        content = rows.words, rows.matrix, None
    words, matrix, word_counts = content
    if not words:
        wrong = "no words, want vectors" if keep is None else "none of the words to keep"
        raise ValueError(f"{path}: got {wrong}")
    if counts is not None:
        word_counts = _counts(counts, words, encoding_errors)
    return KeyedVectors(words, matrix, word_counts)


def load_fasttext(
    path: str | Path,
    *,
    limit: int | None = None,
    keep: Container[str] | None = None,
    encoding_errors: str = "strict",
) -> SubwordVectors:
    """The model of fastText's own .bin, which has vectors for unseen words: ``.of(words)``.

    Its n-grams stay in the file, which must not be changed as long as they are used.

    Raises:
      ValueError: names the file: none of fastText's, supervised, quantised, cut short.
    """
    model = read_fasttext(path, limit=limit, keep=keep, encoding_errors=encoding_errors)
    if not model.words:
        wrong = "no words, want vectors" if keep is None else "none of the words to keep"
        raise ValueError(f"{path}: got {wrong}")
    known = KeyedVectors(model.words, model.matrix, model.counts)
    return SubwordVectors(known, model.ngrams, model.shortest, model.longest)


def save(path: str | Path, vectors: KeyedVectors, *, counts: str | Path | None = None) -> None:
    """Writes a file that ``load`` reads, as its ending says; .gz may follow text and binary.

        .npz             NumPy: the exact numbers, and the counts if there are some
        .txt or .vec     word2vec text, its size in the first line; without counts
        .glove           GloVe text; without counts
        .bin             word2vec binary; without counts

    Args:
      counts: another file, for the counts, in lines "word count".

    Raises:
      ValueError: for another ending, a word or a number that the format cannot hold, a file of
        counts for vectors that have none.
    """
    path, format = Path(path), format_of(path)
    if counts is not None and vectors.counts is None:
        raise ValueError(f"counts: got {counts}, but these vectors have none")
    if format == NUMPY:
        write_numpy(path, vectors.words, vectors.matrix, vectors.counts)
    else:
        write_vectors(path, Vectors(vectors.words, vectors.matrix), format=format)
    if counts is not None and vectors.counts is not None:
        write_counts(counts, vectors.words, vectors.counts)


def format_of(path: str | Path) -> str:
    """The format of ``save`` that the ending of a name asks for.

    Raises:
      ValueError: for another ending; names the path and lists the endings.

    >>> format_of("vectors.txt.gz")
    'word2vec'
    """
    path = Path(path)
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if path.suffix == NUMPY:
        return NUMPY
    if ending not in ENDINGS:
        raise ValueError(
            f"{path}: got a name that ends in {path.suffix or 'nothing'!r}, want"
            f" {', '.join([NUMPY, *ENDINGS])}"
        )
    return ENDINGS[ending]


def check_save(name: str, path: str | Path) -> None:
    """Whether ``save`` can write there, to be asked before any work; "" stands for no file.

    Raises:
      ValueError: names the option, for a folder, a file in a folder that is not there, or an ending
        that stands for no format.
    """
    check_place(name, path)
    if str(path):
        try:
            format_of(path)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def save_projector(folder: str | Path, vectors: KeyedVectors) -> None:
    """Writes vectors.tsv and metadata.tsv, which the TensorFlow embedding projector loads.

    Numbers with tabs between them and a word a line, both without a head, as a single column of
    labels has none.

    Raises:
      ValueError: for a word with a tab or a line end, which would shift all labels after it, or
        what is no text in UTF-8. Nothing is written then.
    """
    for row, word in enumerate(vectors.words):
        if not word or NO_LABEL.search(word) or (not row and word.startswith(MARK)):
            raise ValueError(
                f"words: got {word!r}, want words without tabs, line ends, halves of characters,"
                " and a byte-order mark at the start"
            )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = ("\t".join(row.astype(str)) for row in vectors.matrix)
    for name, lines in {"vectors.tsv": rows, "metadata.tsv": vectors.words}.items():
        with (
            whole_file(folder / name) as temporary,
            temporary.open("w", encoding="utf-8", newline="\n") as file,
        ):
            file.writelines(f"{line}\n" for line in lines)


def _counts(path: str | Path, words: tuple[str, ...], encoding_errors: str) -> np.ndarray:
    """int64 [V], of a file."""
    counts = read_counts(path, encoding_errors=encoding_errors)
    missing = [word for word in words if word not in counts]
    if missing:
        raise ValueError(f"{path}: got no count for {missing[0]!r}, want one for each word")
    return np.array([counts[word] for word in words], np.int64)
