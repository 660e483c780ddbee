"""A made-up language whose entropy is known: classes that follow each other, words by Zipf's law.

Word w is of class w mod K. The class after class k is drawn from row k of a matrix, and a word of a
class with a probability that falls as 1 / rank, so that small ids are frequent:

    P(w | v) = P(class(w) | class(v)) / (rank(w) Σ 1 / r),   rank(w) = 1 + w // K
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CLASSES = 50


class Language(NamedTuple):
    """Probabilities of the made-up language."""

    follow: np.ndarray
    """[K, K], rows sum to 1"""
    words: np.ndarray
    """[V / K], of the words of a class, by rank"""

    @property
    def size(self) -> int:
        """V."""
        return self.follow.shape[0] * len(self.words)


def language(size: int, *, seed: int = 0) -> Language:
    """One of ``size`` words.

    Raises:
      ValueError: for a size that is no multiple of CLASSES.

    >>> language(1000).size
    1000
    """
    if size < CLASSES or size % CLASSES:
        raise ValueError(f"size: got {size}, want a multiple of {CLASSES}")
    weights = np.exp(2 * np.random.default_rng(seed).normal(size=(CLASSES, CLASSES)))
    ranks = 1 / (1 + np.arange(size // CLASSES))
    return Language(weights / weights.sum(1, keepdims=True), ranks / ranks.sum())


def entropy(made: Language) -> float:
    """Nats a word, if the word before is known: the least that any model can need."""
    stationary = np.linalg.matrix_power(made.follow, 200)[0]
    follow = -(made.follow * np.log(made.follow)).sum(1) @ stationary
    return float(follow - made.words @ np.log(made.words))


def pairs(made: Language, count: int, *, seed: int) -> np.ndarray:
    """int32 [count, 2]: a word and the one after it, the first classes being stationary.

    >>> pairs(language(100), 3, seed=0).shape
    (3, 2)
    """
    draw = np.random.default_rng(seed)
    stationary = np.linalg.matrix_power(made.follow, 200)[0]
    before = draw.choice(len(stationary), count, p=stationary / stationary.sum())
    # The first class whose cumulated probability is above a uniform number.
    cumulated = made.follow.cumsum(1)
    after = (cumulated[before] < draw.random((count, 1))).sum(1).clip(max=len(stationary) - 1)
    ranks = draw.choice(len(made.words), (count, 2), p=made.words)
    classes = np.stack([before, after], 1)
    return (classes + CLASSES * ranks).astype(np.int32)
