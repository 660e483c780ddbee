"""Subsampling of frequent words, as word2vec does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RULES = ("word2vec", "paper")


def keep_probability(
    counts: NDArray[np.integer], threshold: float, *, rule: str = "word2vec"
) -> NDArray[np.float32]:
    """float32 [V]: how likely an occurrence of each word is to be kept.

        word2vec   sqrt(t / f) + t / f, at most 1       as word2vec.c, gensim and fastText run it
        paper      sqrt(t / f), at most 1               (Mikolov et al. 2013, equation 5)

    f = count / Σ counts over the vocabulary.

    Args:
      counts: of each word, [V]; a word of count 0 is kept.
      threshold: t, usually 1e-3 to 1e-5; 0 keeps all.

    Raises:
      ValueError: for a threshold outside [0, 1], or an unknown rule.

    >>> keep_probability(np.array([90, 9, 1]), 0.04, rule="paper").round(3).tolist()
    [0.210999995470047, 0.6669999957084656, 1.0]
    """
    if rule not in RULES:
        raise ValueError(f"rule: got {rule!r}, want one of {', '.join(RULES)}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold: got {threshold}, want a number in [0, 1]")
    if not threshold:
        return np.ones(len(counts), np.float32)
    ratio: NDArray[np.float64] = threshold * counts.sum() / np.maximum(counts, 1)
    probability = np.sqrt(ratio) + (ratio if rule == "word2vec" else 0)
    return np.minimum(probability, 1).astype(np.float32)
