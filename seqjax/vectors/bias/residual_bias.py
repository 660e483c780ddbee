"""What remains of a bias once its direction is gone (Gonen and Goldberg 2019).

Words that lay on the two sides of the direction still lie together, and can be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.bias.linear import logistic
from seqjax.vectors.bias.probes import halves, rbf_classes, two_means
from seqjax.vectors.keyed import KeyedVectors

FEWEST = 4
"""Words of a side that a test is made with at least: two to learn from and two to be asked."""


class Residual(NamedTuple):
    """How well the sides are told apart; 0.5 is chance, 1 is fully."""

    clusters: float
    """share of words whose cluster, of two, is that of their side"""
    linear: float
    """accuracy on held-out words of logistic regression"""
    rbf: float
    """accuracy on held-out words of a classifier with an RBF kernel"""
    words: int
    """of both sides together"""


def residual(
    vectors: KeyedVectors, first: Sequence[str], second: Sequence[str], *, key: Array
) -> Residual:
    """Clusters and probes of two sides, which are to be chosen in the original vectors.

    The sides are ``extremes`` along the bias direction before it was removed. Probes learn from one
    half of the words, chosen by the key alone, and are asked about the other.

    Args:
      first, second: words of the two sides.
      key: of the halves and the clusters.

    Raises:
      ValueError: for a side of fewer than 4 words, a word without a vector.

    >>> rows = np.array([[side, n / 9] for side in (1, -1) for n in range(4)])
    >>> vectors = KeyedVectors(tuple("abcdefgh"), rows)
    >>> residual(vectors, "abcd", "efgh", key=jax.random.key(0))
    Residual(clusters=1.0, linear=1.0, rbf=1.0, words=8)
    """
    if min(len(first), len(second)) < FEWEST:
        raise ValueError(
            f"words: got {len(first)} and {len(second)} on the sides, want {FEWEST} or more each"
        )
    half_key, cluster_key = jax.random.split(key)
    points = vectors.units([*first, *second])
    side = np.arange(len(points)) < len(first)
    clusters = two_means(points, key=cluster_key)
    agreement = float((clusters == side).mean())
    learn = halves(len(first), len(second), key=half_key)
    xs, ys, others, expected = points[learn], side[learn], points[~learn], side[~learn]
    return Residual(
        max(agreement, 1 - agreement),
        float((logistic(xs, ys).predict(others) == expected).mean()),
        float((rbf_classes(xs, ys, others) == expected).mean()),
        len(points),
    )
