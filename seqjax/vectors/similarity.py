"""How alike words are: cosines and distances of pairs, of one word and all others, and ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqjax.basics import checks
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.queries import Neighbour, term_vectors
from seqjax.vectors.unit_rows import BLOCK, unit_rows

METRICS = {"cosine": 0, "euclidean": 0}


def similarities(
    vectors: KeyedVectors, pairs: Sequence[tuple[str, str]], *, metric: str = "cosine"
) -> NDArray[np.float64]:
    """cos(u, v) = u·v / ‖u‖‖v‖, or the distance ‖u - v‖, of each pair of words; float64 [N].

    Raises:
      ValueError: for a word without a vector, an unknown metric; for the cosine, a vector of zeros.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> similarities(vectors, [("cat", "dog"), ("cat", "car")]).round(4).tolist()
    [0.7071, 0.0]
    """
    checks.lookup("metric", METRICS, metric)
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    if metric == "cosine":
        cosines: NDArray[np.float64] = np.einsum(
            "nd,nd->n", vectors.units(first), vectors.units(second)
        )
        return cosines
    rows = [[vectors.row(word) for word in words] for words in (first, second)]
    differences = vectors.matrix[rows[0]] - vectors.matrix[rows[1]].astype(float)
    return _lengths(differences)


def distances(
    vectors: KeyedVectors,
    word: str | NDArray[np.floating],
    others: Sequence[str] | None = None,
    *,
    metric: str = "cosine",
) -> NDArray[np.float64]:
    """1 - cos(w, x), or ‖w - x‖, from a word or a vector [D] to others, or to all; float64 [N].

    With the cosine, a word of all whose vector is zero has the distance nan: it is not defined.

    Raises:
      ValueError: for a word without a vector, an unknown metric; for the cosine, a zero vector that
        was asked for.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> distances(vectors, "cat", metric="euclidean").round(4).tolist()
    [0.0, 1.4142, 3.6056]
    """
    checks.lookup("metric", METRICS, metric)
    rows: NDArray[np.floating]
    if others is not None and metric == "cosine":
        rows = vectors.units(others)
    elif others is not None:
        rows = vectors.matrix[[vectors.row(other) for other in others]]
    else:
        rows = vectors.matrix
    (point,) = term_vectors(vectors, [word], unit=metric == "cosine")
    values = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK].astype(np.float64)
        if metric == "cosine":
            values[start : start + BLOCK] = _cosine_distances(block, point)
        else:
            values[start : start + BLOCK] = _lengths(block - point)
    return values


def _cosine_distances(rows: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    if not point.any():
        raise ValueError("word: got a vector of zeros, which has no direction")
    cosines = unit_rows(rows) @ unit_rows(point[None])[0]
    return np.where(rows.any(axis=1), 1 - cosines, np.nan)


def _lengths(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """‖x‖ of each row."""
    lengths: NDArray[np.float64] = np.linalg.norm(rows, axis=1)
    return lengths


def closer_than(vectors: KeyedVectors, word: str, other: str) -> list[Neighbour]:
    """All words whose cosine with ``word`` is larger than that of ``other``, nearest first.

    Raises:
      ValueError: for a word without a vector, or with a vector of zeros.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> [neighbour.word for neighbour in closer_than(vectors, "cat", "car")]
    ['dog']
    """
    vectors.units([word, other])
    from_word = distances(vectors, word)
    closer = np.flatnonzero(from_word < from_word[vectors.row(other)])
    order = closer[np.argsort(from_word[closer], kind="stable")]
    return [
        Neighbour(vectors.words[row], float(1 - from_word[row]))
        for row in order
        if row != vectors.row(word)
    ]


def rank(vectors: KeyedVectors, word: str, other: str) -> int:
    """1 if ``other`` is the word nearest to ``word`` by the cosine, 2 if one is nearer, and so on.

    Raises:
      ValueError: for a word without a vector, or with a vector of zeros.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> rank(vectors, "cat", "car")
    2
    """
    return len(closer_than(vectors, word, other)) + 1


def nearest_among(vectors: KeyedVectors, word: str, words: Sequence[str]) -> list[Neighbour]:
    """The given words by their cosine with ``word``, nearest first.

    gensim's most_similar_to_given has the first of them.

    Raises:
      ValueError: for no words, a word without a vector, or with a vector of zeros.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> nearest_among(vectors, "cat", ["car", "dog"])[0].word
    'dog'
    """
    if not words:
        raise ValueError("words: got none, want one or more")
    scores = 1 - distances(vectors, word, words)
    order = np.argsort(-scores, kind="stable")
    return [Neighbour(words[k], float(scores[k])) for k in order]
