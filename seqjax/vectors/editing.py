"""New vectors from old ones: with some of the words alone, or with more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seqjax.vectors.keyed import KeyedVectors


def selected(vectors: KeyedVectors, words: Iterable[str]) -> KeyedVectors:
    """Those of the words that have a vector, each once, in the given order, with their counts.

    Vectors of words that have none, from their n-grams: ``SubwordVectors.of``.

    Raises:
      ValueError: if none of the words has a vector.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> selected(vectors, ["car", "bus", "cat"]).words
    ('car', 'cat')
    """
    distinct = list(dict.fromkeys(words))
    known = vectors.covered(distinct)
    if not known:
        raise ValueError(f"words: got {len(distinct)}, none of them with a vector")
    rows = [vectors.index[word] for word in known]
    counts = None if vectors.counts is None else vectors.counts[rows]
    return KeyedVectors(tuple(known), vectors.matrix[rows], counts)


def added(
    vectors: KeyedVectors,
    words: Sequence[str],
    matrix: np.ndarray,
    *,
    counts: np.ndarray | None = None,
    replace: bool = False,
) -> KeyedVectors:
    """With more words behind those there are; the old vectors stay as they are.

    Args:
      matrix: [N, D], of the words.
      counts: [N], of the words, if the vectors have counts; 0 by default.
      replace: give a word that has a vector the new one, and the new count if there is one;
        otherwise it keeps its own, as in gensim.

    Raises:
      ValueError: for another number of rows or counts, another width, a word twice, counts for
        vectors that have none.

    >>> vectors = KeyedVectors(("cat",), np.array([[2.0, 0.0]]))
    >>> added(vectors, ["dog"], np.array([[1.0, 1.0]]))["dog"].tolist()
    [1.0, 1.0]
    """
    new = KeyedVectors(tuple(words), matrix, counts)
    if new.width != vectors.width:
        raise ValueError(f"matrix: got width {new.width}, want {vectors.width}, that of the others")
    if counts is not None and vectors.counts is None:
        raise ValueError("counts: got some, but the vectors that there are have none")
    more = [row for row, word in enumerate(new.words) if word not in vectors]
    rows = vectors.matrix.copy()
    old_counts = None if vectors.counts is None else vectors.counts.copy()
    if replace:
        known = [row for row, word in enumerate(new.words) if word in vectors]
        old_rows = [vectors.index[new.words[row]] for row in known]
        rows[old_rows] = new.matrix[known]
        if new.counts is not None and old_counts is not None:
            old_counts[old_rows] = new.counts[known]
    more_counts = new.counts[more] if new.counts is not None else np.zeros(len(more), np.int64)
    return KeyedVectors(
        vectors.words + tuple(new.words[row] for row in more),
        np.concatenate([rows, new.matrix[more].astype(rows.dtype)]),
        None if old_counts is None else np.concatenate([old_counts, more_counts]),
    )
