"""Which words are alike: similarity, nearest words, the odd one out. Batched, compiled once."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.keyed import KeyedVectors

METRICS = {"cosine": 0, "euclidean": 0}
SCORES = 1 << 25
"""Scores that are held at once: so many queries go in one batch."""


class Neighbour(NamedTuple):
    """A word and how near it is."""

    word: str
    score: float
    """cosine: 1 is nearest; euclidean: the distance, 0 is nearest; 3CosMul: its product"""


class Query(NamedTuple):
    """Sum of the vectors of some words less those of others."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


def similarities(
    vectors: KeyedVectors, pairs: Sequence[tuple[str, str]], *, metric: str = "cosine"
) -> np.ndarray:
    """cos(u, v) = u·v / ‖u‖‖v‖, or the distance ‖u - v‖, of each pair of words; float64 [N].

    Raises:
      ValueError: for a word without a vector, an unknown metric; for the cosine, a vector of zeros.
    """
    checks.lookup("metric", METRICS, metric)
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    if metric == "cosine":
        return np.einsum("nd,nd->n", vectors.units(first), vectors.units(second))
    rows = [[vectors.row(word) for word in words] for words in (first, second)]
    return np.linalg.norm(vectors.matrix[rows[0]] - vectors.matrix[rows[1]].astype(float), axis=1)


def nearest(
    vectors: KeyedVectors,
    queries: Sequence[str | Query],
    count: int = 10,
    *,
    metric: str = "cosine",
    exclude: bool = True,
) -> list[list[Neighbour]]:
    """The words nearest to each query, nearest first.

    A query is the sum of its words: of unit vectors for the cosine, as gensim has it, of the
    vectors as they are for the distance. ``exclude`` leaves the query's own words out.

    Raises:
      ValueError: for a word without a vector, a query without words, an unknown metric.
    """
    asked = [Query((query,)) if isinstance(query, str) else query for query in queries]
    if not asked:
        return []
    for query in asked:
        if not query.plus and not query.minus:
            raise ValueError("query: got no words, want one or more")
    checks.lookup("metric", METRICS, metric)
    rows = vectors.unit if metric == "cosine" else vectors.matrix
    points = np.stack([_point(vectors, rows, query) for query in asked])
    own = [(*query.plus, *query.minus) if exclude else () for query in asked]
    return nearest_to(vectors, points, count, metric=metric, without=own)


def _point(vectors: KeyedVectors, rows: np.ndarray, query: Query) -> np.ndarray:
    plus, minus = ([vectors.row(word) for word in words] for words in query)
    return rows[plus].sum(axis=0) - rows[minus].sum(axis=0)


def nearest_to(
    vectors: KeyedVectors,
    points: np.ndarray,
    count: int = 10,
    *,
    metric: str = "cosine",
    without: Sequence[Sequence[str]] = (),
) -> list[list[Neighbour]]:
    """The words nearest to each of the points [N, D]; ``without`` names words to leave out of each.

    Raises:
      ValueError: for an unknown metric, a count below 1, points of another width.
    """
    checks.lookup("metric", METRICS, metric)
    checks.positive("count", count)
    points = np.asarray(points, vectors.matrix.dtype)
    checks.width("points", points.shape, vectors.width)
    own = [[vectors.row(word) for word in words] for words in without or [()] * len(points)]
    most = max(map(len, own), default=0)
    # A row that is not there leaves nothing out.
    left_out = np.array([[*rows, *[len(vectors)] * (most - len(rows))] for rows in own], np.int32)
    left_out = left_out.reshape(len(points), most)
    rows = vectors.device_unit if metric == "cosine" else vectors.device_matrix
    found = []
    for part, gone in batches(len(vectors), points, left_out):
        scores, best = _top(rows, part, gone, min(count, len(vectors)), metric)
        found += list(zip(np.asarray(best).tolist(), np.asarray(scores).tolist(), strict=True))
    return [
        [Neighbour(vectors.words[row], x) for row, x in zip(*pair, strict=True) if np.isfinite(x)]
        for pair in found[: len(points)]
    ]


def batches(vocabulary: int, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Slices of the arrays of one size, the last filled up with its own rows."""
    total = len(arrays[0])
    size = max(1, min(SCORES // vocabulary, 1 << max(total - 1, 0).bit_length()))
    for start in range(0, total, size):
        rows = np.minimum(np.arange(start, start + size), total - 1)
        yield tuple(array[rows] for array in arrays)


@functools.partial(jax.jit, static_argnames=("count", "metric"))
def _top(rows: Array, points: Array, left_out: Array, count: int, metric: str) -> tuple:
    """(scores, rows), each [B, count], nearest first."""
    scores = points @ rows.T
    if metric == "cosine":
        lengths = jnp.linalg.norm(points, axis=1, keepdims=True)
        scores = scores / jnp.where(lengths > 0, lengths, 1)
    else:
        # Half the squared distance with its sign changed, less what is the same in a row.
        scores = scores - 0.5 * jnp.sum(rows * rows, axis=1)
    scores = scores.at[jnp.arange(len(points))[:, None], left_out].set(-jnp.inf, mode="drop")
    best, found = lax.top_k(scores, count)
    if metric == "cosine":
        return best, found
    # The difference of squares has lost the small distances: once more, for those found.
    distances = jnp.linalg.norm(rows[found] - points[:, None], axis=-1)
    distances = jnp.where(jnp.isneginf(best), jnp.inf, distances)
    return lax.sort((distances, found), num_keys=1)


def odd_one_out(vectors: KeyedVectors, words: Sequence[str]) -> str:
    """The word whose unit vector has the smallest cosine with the mean of all of them.

    Raises:
      ValueError: for fewer than three words, or a word without a vector.
    """
    if len(set(words)) < 3:
        raise ValueError(f"words: got {len(set(words))} different ones, want three or more")
    rows = vectors.units(words)
    return words[int(np.argmin(rows @ rows.mean(axis=0)))]
