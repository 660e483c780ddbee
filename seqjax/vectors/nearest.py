"""Which words are nearest to a sum of words, or to any vector. Batched, compiled once."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.queries import (
    Neighbour,
    Query,
    as_queries,
    query_text,
    term_vectors,
    weighted,
)
from seqjax.vectors.similarity import METRICS
from seqjax.vectors.unit_rows import unit_rows, unit_sum

SCORES = 1 << 25
"""Scores that are held at once: so many queries go in one batch."""


def nearest(
    vectors: KeyedVectors,
    queries: Sequence[str | Query],
    count: int = 10,
    *,
    metric: str = "cosine",
    exclude: bool = True,
    commonest: int | None = None,
) -> list[list[Neighbour]]:
    """The words nearest to each query, nearest first; with the cosine this is 3CosAdd.

    A query is the weighted sum of its words: of unit vectors for the cosine, as gensim has it, of
    the vectors as they are for the distance. Words whose vector is zero are no answers by the
    cosine, which is not defined for them.

    Args:
      exclude: leave the query's own words out.
      commonest: look for answers among so many words, the first ones, alone.

    Raises:
      ValueError: for a word without a vector, a query without words, an unknown metric; for the
        cosine, a word whose vector is zero, or a sum that is.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> nearest(vectors, ["cat"], 1)[0][0].word
    'dog'
    """
    checks.lookup("metric", METRICS, metric)
    sums = as_queries(queries)
    if not sums:
        return []
    points = np.stack([query_point(vectors, query, metric) for query in sums])
    query_words = [query.words if exclude else () for query in sums]
    return nearest_to(
        vectors, points, count, metric=metric, without=query_words, commonest=commonest
    )


def query_point(vectors: KeyedVectors, query: Query, metric: str) -> NDArray[np.float64]:
    """The weighted sum of a query's terms, float64 [D]: for the cosine of unit vectors, and one.

    Raises:
      ValueError: as ``nearest`` does for the query.

    >>> vectors = KeyedVectors(("cat", "dog"), np.array([[2.0, 0], [0, 4]]))
    >>> query_point(vectors, Query(("cat", "dog")), "euclidean").tolist()
    [2.0, 4.0]
    """
    terms, weights = zip(*weighted(query), strict=True)
    rows = term_vectors(vectors, terms, unit=metric == "cosine")
    if metric == "cosine":
        return unit_sum(f"query {query_text(query)}", np.array(weights), rows)
    point: NDArray[np.float64] = np.array(weights) @ rows
    return point


def nearest_to(
    vectors: KeyedVectors,
    points: NDArray[np.floating],
    count: int = 10,
    *,
    metric: str = "cosine",
    without: Sequence[Sequence[str]] = (),
    commonest: int | None = None,
) -> list[list[Neighbour]]:
    """The words nearest to each of the points [N, D]; ``without`` names words to leave out of each.

    Raises:
      ValueError: for an unknown metric, a count or ``commonest`` below 1, points of another width;
        for the cosine, a point that is zero.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> nearest_to(vectors, np.array([[0.1, 2.0]]), 1)[0][0].word
    'car'
    """
    checks.lookup("metric", METRICS, metric)
    checks.positive("count", count)
    points = np.asarray(points, np.float64)
    checks.width("points", points.shape, vectors.width)
    if metric == "cosine":
        points, rows = directions("points", points), vectors.device_unit
    else:
        rows = vectors.device_matrix
    left_out = excluded(vectors, without or [()] * len(points))
    number = among(vectors, commonest)
    rows, directed, results = rows[:number], vectors.directed[:number], []
    for part, excluded_rows in batches(number, points.astype(vectors.matrix.dtype), left_out):
        scores, best = _top(rows, directed, part, excluded_rows, min(count, number), metric)
        results += list(zip(np.asarray(best).tolist(), np.asarray(scores).tolist(), strict=True))
    return [named(vectors, *pair) for pair in results[: len(points)]]


def directions(name: str, points: NDArray[np.floating]) -> NDArray[np.floating]:
    """x / ‖x‖ of each of the points [N, D].

    Raises:
      ValueError: for a point that is zero or no number.

    >>> directions("points", np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    wrong = ~(points.any(axis=-1) & np.isfinite(points).all(axis=-1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{name}: got zeros, or no numbers, in row {row}, which has no direction")
    return unit_rows(points)


def among(vectors: KeyedVectors, commonest: int | None) -> int:
    """How many words are looked at: ``commonest`` at most, all for None.

    Raises:
      ValueError: if it is no integer of 1 or more.
    """
    if commonest is None:
        return len(vectors)
    checks.positive("commonest", commonest)
    return min(commonest, len(vectors))


def excluded(vectors: KeyedVectors, words: Sequence[Sequence[str]]) -> NDArray[np.int32]:
    """int32 [N, M], the rows of each list of words, filled up with a row that there is not.

    Raises:
      ValueError: for a word without a vector.

    >>> vectors = KeyedVectors(("cat", "dog"), np.eye(2))
    >>> excluded(vectors, [["dog"], []]).tolist()
    [[1], [2]]
    """
    rows = [[vectors.row(word) for word in each] for each in words]
    most = max(map(len, rows), default=0)
    filled = [[*each, *[len(vectors)] * (most - len(each))] for each in rows]
    return np.array(filled, np.int32).reshape(len(rows), most)


def named(vectors: KeyedVectors, rows: Sequence[int], scores: Sequence[float]) -> list[Neighbour]:
    """Words for rows; a score that is not finite is that of a word that was left out."""
    pairs = zip(rows, scores, strict=True)
    return [Neighbour(vectors.words[row], score) for row, score in pairs if np.isfinite(score)]


def batches(vocabulary: int, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Slices of arrays [N, ...] of one size, the last filled up with its own rows.

    So large that a batch has at most ``SCORES`` scores against a vocabulary of that size.

    >>> [part.tolist() for (part,) in batches(SCORES // 2, np.arange(3))]
    [[0, 1], [2, 2]]
    """
    total = len(arrays[0])
    size = max(1, min(SCORES // vocabulary, 1 << max(total - 1, 0).bit_length()))
    for start in range(0, total, size):
        rows = np.minimum(np.arange(start, start + size), total - 1)
        yield tuple(array[rows] for array in arrays)


@functools.partial(jax.jit, static_argnames=("count", "metric"))
def _top(
    rows: Array, directed: Array, points: Array, left_out: Array, count: int, metric: str
) -> tuple[Array, Array]:
    """(scores, rows), each [B, count], nearest first; for the cosine all are of length 1."""
    scores = points @ rows.T
    if metric == "cosine":
        scores = jnp.where(directed, scores, -jnp.inf)
    else:
        # Half the squared distance with its sign changed, less what is the same in a row.
        scores = scores - 0.5 * jnp.sum(rows * rows, axis=1)
    scores = scores.at[jnp.arange(len(points))[:, None], left_out].set(-jnp.inf, mode="drop")
    best, ids = lax.top_k(scores, count)
    if metric == "cosine":
        return best, ids
    # The difference of squares has lost the small distances: once more, for the best.
    distances = jnp.linalg.norm(rows[ids] - points[:, None], axis=-1)
    distances = jnp.where(jnp.isneginf(best), jnp.inf, distances)
    distances, ids = lax.sort((distances, ids), num_keys=1)
    return distances, ids
