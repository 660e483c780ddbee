"""What a picture of word vectors in the plane keeps: neighbours, and answers to questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.basics.optional import optional_module
from seqjax.data.builtin.relations import RELATIONS, questions
from seqjax.vectors import KeyedVectors
from seqjax.vectors.plots.pictures import Picture, project

Figures = dict[str, dict[str, Any]]
NEAR = 10
"""Neighbours that are compared as a set."""
PERPLEXITY = 15.0


def measured(vectors: KeyedVectors, seed: int, methods: Sequence[str] = ("tsne", "pca")) -> Figures:
    """By method: shares of neighbours that are kept, and of questions that are answered; points.

    Without scikit-learn there is no "tsne".

    Args:
      vectors: that have all words of ``RELATIONS``.
      seed: of t-SNE.
      methods: of ``project``.
    """
    words = [word for relation in RELATIONS.values() for pair in relation.pairs for word in pair]
    rows = vectors.units(words)
    asked = np.array(
        [[words.index(word) for word in four] for some in questions().values() for four in some]
    )
    figures = {}
    for method in methods:
        try:
            picture = _projected(vectors, words, method, seed)
        except ImportError:
            continue
        points = np.asarray(picture.points, np.float64)
        nearest, ten = kept(rows, points)
        figures[method] = {
            "nearest": nearest,
            "ten": ten,
            "analogies": answered(points, asked),
            "analogies_full": answered(rows, asked),
            "points": points.round(3).tolist(),
        }
    return figures


def _projected(vectors: KeyedVectors, words: list[str], method: str, seed: int) -> Picture:
    """By one thread: with so few points, more of them wait for each other."""
    if method == "pca":
        return project(vectors, words, method=method)
    limits = optional_module("threadpoolctl", "plots").threadpool_limits(limits=1)
    with limits:
        return project(vectors, words, method=method, perplexity=PERPLEXITY, seed=seed)


def kept(rows: np.ndarray, points: np.ndarray, near: int = NEAR) -> tuple[float, float]:
    """(share of points whose nearest is the true one, share of the ``near`` nearest that are).

    Args:
      rows: [N, D], where words are.
      points: [N, 2], where they are drawn.

    >>> rows = np.array([[0.0, 0, 0], [1, 0, 0], [0, 3, 0], [1, 3, 1]])
    >>> kept(rows, rows[:, :2], near=1)
    (1.0, 1.0)
    """
    true, drawn = (np.argsort(_distances(where), axis=1) for where in (rows, points))
    pairs = zip(true[:, :near].tolist(), drawn[:, :near].tolist(), strict=True)
    shared = [len(set(a) & set(b)) / near for a, b in pairs]
    return float(np.mean(true[:, 0] == drawn[:, 0])), float(np.mean(shared))


def answered(rows: np.ndarray, asked: np.ndarray) -> float:
    """Share of questions (a, b, c, d) whose d is the row nearest to b - a + c but a, b and c.

    Args:
      rows: [N, D].
      asked: int [Q, 4], rows.

    >>> answered(np.array([[0.0, 0], [0, 1], [5, 0], [5, 1]]), np.array([[0, 1, 2, 3]]))
    1.0
    """
    a, b, c, d = asked.T
    points = rows[b] - rows[a] + rows[c]
    distances = np.sum((points[:, None] - rows) ** 2, axis=2)
    distances[np.arange(len(asked))[:, None], asked[:, :3]] = np.inf
    return float(np.mean(distances.argmin(axis=1) == d))


def _distances(rows: np.ndarray) -> np.ndarray:
    """[N, N], a word being infinitely far from itself."""
    squares = np.sum((rows[:, None] - rows) ** 2, axis=2)
    np.fill_diagonal(squares, np.inf)
    return squares
