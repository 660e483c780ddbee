"""Sets of words: their mean vector, how alike two sets are, and the odd one out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.queries import term_vectors
from seqjax.vectors.unit_rows import ROUNDING, unit_sum


def mean_vector(
    vectors: KeyedVectors,
    words: Sequence[str | NDArray[np.floating]],
    weights: Sequence[float] | NDArray[np.floating] | None = None,
    *,
    pre_normalize: bool = True,
    post_normalize: bool = False,
    ignore_missing: bool = True,
) -> NDArray[np.float64]:
    """Σ_i w_i v_i / Σ_i |w_i|, float64 [D] (gensim's get_mean_vector).

    Args:
      words: words, or vectors [D], which stay as they are.
      weights: one for each, 1 by default; they may be negative.
      pre_normalize: take the words' unit vectors.
      post_normalize: bring the mean to length 1.
      ignore_missing: leave out words without a vector; otherwise they are an error.

    Raises:
      ValueError: for another number of weights, none of the words with a vector, weights that are
        all 0; a word with a vector of zeros or a mean of zeros that is to have length 1.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> mean_vector(vectors, ["cat", "car", "bus"], pre_normalize=False).tolist()
    [1.0, 1.5]
    """
    factors = np.ones(len(words)) if weights is None else np.asarray(weights, np.float64)
    if factors.shape != (len(words),):
        raise ValueError(f"weights: got shape {factors.shape}, want ({len(words)},), one a word")
    known = [k for k, word in enumerate(words) if not isinstance(word, str) or word in vectors]
    if not ignore_missing:
        known = [*range(len(words))]
    if not known:
        raise ValueError(f"words: got {len(words)}, none of them with a vector")
    total = np.abs(factors[known]).sum()
    if not total:
        raise ValueError("weights: got zeros alone, want some that are not 0")
    rows = term_vectors(vectors, [words[k] for k in known], unit=pre_normalize)
    if post_normalize:
        return unit_sum("words", factors[known], rows)
    mean: NDArray[np.float64] = factors[known] @ rows / total
    return mean


def set_similarity(
    vectors: KeyedVectors,
    first: Sequence[str],
    second: Sequence[str],
    *,
    ignore_missing: bool = True,
) -> float:
    """The cosine of the mean vectors of two sets of words (gensim's n_similarity).

    Raises:
      ValueError: for a set without a word that has a vector, a mean of zeros; without
        ``ignore_missing``, a word without a vector.

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> round(set_similarity(vectors, ["cat", "car"], ["dog"]), 4)
    0.9806
    """
    a, b = (
        mean_vector(
            vectors, words, pre_normalize=False, post_normalize=True, ignore_missing=ignore_missing
        )
        for words in (first, second)
    )
    return float(a @ b)


def odd_one_out(vectors: KeyedVectors, words: Sequence[str]) -> str:
    """The word whose unit vector has the smallest cosine with the mean of all of them.

    Raises:
      ValueError: for fewer than three words, a word without a vector or with a vector of zeros,
        unit vectors whose sum is zero, or that are all as near to their mean, to rounding.

    >>> rows = np.array([[1.0, 0.0], [1.0, 0.2], [-0.1, 1.0]])
    >>> odd_one_out(KeyedVectors(("cat", "dog", "car"), rows), ["cat", "dog", "car"])
    'car'
    """
    if len(set(words)) < 3:
        raise ValueError(f"words: got {len(set(words))} different ones, want three or more")
    rows = vectors.units(words)
    cosines = rows @ unit_sum("words", np.ones(len(rows)), rows)
    if np.ptp(cosines) <= ROUNDING:
        raise ValueError(f"words: got {', '.join(words)}, none of which is odder than the others")
    return words[int(np.argmin(cosines))]
