"""Words nearest to several others at once by 3CosMul: cosines multiplied instead of added."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import among, batches, directions, excluded, named
from seqjax.vectors.queries import Neighbour, Query, as_queries, term_vectors, weighted

EPSILON = 1e-6
"""Keeps the quotient of 3CosMul finite, as in gensim; Levy and Goldberg have 1e-3."""


def nearest_by_product(
    vectors: KeyedVectors,
    queries: Sequence[str | Query],
    count: int = 10,
    *,
    exclude: bool = True,
    commonest: int | None = None,
) -> list[list[Neighbour]]:
    """The words x with the largest product for each query (Levy and Goldberg 2014, equation 4).

        Π_p s(x, p)^w_p / (Π_n s(x, n)^w_n + ε),   s = (1 + cos) / 2

    p are the terms that are added, n those that are subtracted; a weight is an exponent. No large
    cosine alone decides, as it may in the sum of ``nearest``. With weights of 1 these are gensim's
    most_similar_cosmul; differs from it in vectors as terms, which are brought to length 1.

    Args:
      exclude: leave the query's own words out.
      commonest: look for answers among so many words, the first ones, alone.

    Raises:
      ValueError: for a word without a vector, a query without words, a term that is zero.

    >>> rows = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1.0]])
    >>> vectors = KeyedVectors(("man", "woman", "king", "queen"), rows)
    >>> nearest_by_product(vectors, [Query(("king", "woman"), ("man",))], 1)[0][0].word
    'queen'
    """
    checks.positive("count", count)
    products = as_queries(queries)
    if not products:
        return []
    points, weights = _terms(vectors, products)
    left_out = excluded(vectors, [query.words if exclude else () for query in products])
    number = among(vectors, commonest)
    rows, directed = vectors.device_unit[:number], vectors.directed[:number]
    results = []
    for part, exponents, excluded_rows in batches(
        number * points.shape[1], points, weights, left_out
    ):
        scores, best = _top(rows, directed, part, exponents, excluded_rows, min(count, number))
        results += list(zip(np.asarray(best).tolist(), np.asarray(scores).tolist(), strict=True))
    return [named(vectors, *pair) for pair in results[: len(products)]]


def _terms(vectors: KeyedVectors, queries: Sequence[Query]) -> tuple[np.ndarray, np.ndarray]:
    """(unit vectors [N, K, D], weights [N, K], below 0 where a term is subtracted, 0 for none)."""
    most = max(len(weighted(query)) for query in queries)
    points = np.zeros((len(queries), most, vectors.width), vectors.matrix.dtype)
    weights = np.zeros((len(queries), most), vectors.matrix.dtype)
    for n, query in enumerate(queries):
        terms, values = zip(*weighted(query), strict=True)
        points[n, : len(terms)] = directions("query", term_vectors(vectors, terms, unit=True))
        weights[n, : len(terms)] = values
    return points, weights


@functools.partial(jax.jit, static_argnames="count")
def _top(
    rows: Array, directed: Array, points: Array, weights: Array, left_out: Array, count: int
) -> tuple[Array, Array]:
    """(scores, rows), each [B, count], largest first."""
    shifted = jnp.maximum((1 + jnp.einsum("bkd,vd->bkv", points, rows)) / 2, 0)
    powers = shifted ** jnp.abs(weights)[..., None]
    added = jnp.prod(jnp.where(weights[..., None] > 0, powers, 1), axis=1)
    subtracted = jnp.prod(jnp.where(weights[..., None] < 0, powers, 1), axis=1)
    scores = jnp.where(directed, added / (subtracted + EPSILON), -jnp.inf)
    scores = scores.at[jnp.arange(len(points))[:, None], left_out].set(-jnp.inf, mode="drop")
    return lax.top_k(scores, count)
