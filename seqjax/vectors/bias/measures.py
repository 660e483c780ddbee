"""How much of a bias words carry: along its direction, and in what they are near to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.keyed import KeyedVectors


class Share(NamedTuple):
    """A mean over words."""

    value: float
    covered: int
    words: int


def projections(
    vectors: KeyedVectors, words: Sequence[str], direction: NDArray[np.floating]
) -> NDArray[np.float64]:
    """cos(w, g) of each word; float64 [N].

    Raises:
      ValueError: for a word without a vector, a direction of another width or of length 0.

    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> projections(vectors, ["nurse"], np.array([2.0, 0.0])).tolist()
    [0.6]
    """
    length = np.linalg.norm(direction)
    if direction.shape != (vectors.width,) or not length > 0:
        raise ValueError(
            f"direction: got shape {direction.shape} and length {length:.3g}, want"
            f" ({vectors.width},) and not zero"
        )
    cosines: NDArray[np.float64] = vectors.units(words) @ (direction / length)
    return cosines


def direct_bias(
    vectors: KeyedVectors,
    words: Sequence[str],
    direction: NDArray[np.floating],
    strictness: float = 1.0,
) -> Share:
    """mean_w |cos(w, g)|^c over the words that have a vector (Bolukbasi et al. 2016, section 5.2).

    Args:
      words: those that should be neutral, such as professions.
      direction: g [D].
      strictness: c; 0 asks only whether there is any bias at all.

    Raises:
      ValueError: for no word with a vector, or a strictness below 0.

    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> direct_bias(vectors, ["nurse", "doctor"], np.array([1.0, 0.0]))
    Share(value=0.6, covered=1, words=2)
    """
    if not strictness >= 0:
        raise ValueError(f"strictness: got {strictness}, want 0 or more")
    known = vectors.covered(words)
    if not known:
        raise ValueError(f"words: got {len(words)}, none of them with a vector")
    values = np.abs(projections(vectors, known, direction))
    # What is left by rounding is no bias; 0 to the power of 0 is 0 here.
    values = np.where(values > 1e-6, values, 0.0)
    powers = np.power(values, strictness, where=values > 0, out=np.zeros_like(values))
    return Share(float(powers.mean()), len(known), len(words))


def indirect_bias(vectors: KeyedVectors, word: str, other: str, subspace: Subspace) -> float:
    """β(w, v) = (w·v - cos(w⊥, v⊥)) / w·v: the share of a similarity that the bias accounts for.

    w⊥ = w - w_B, of unit vectors (Bolukbasi et al. 2016, section 5.3). nan where w·v = 0, or where
    a word lies in the subspace altogether.

    Raises:
      ValueError: for a word without a vector.

    >>> from seqjax.vectors.bias.direction import mean_difference
    >>> rows = np.array([[1.0, 0, 1], [-1.0, 0, 1], [0.6, 0.8, 0], [0.6, 0, 0.8]])
    >>> vectors = KeyedVectors(("she", "he", "nurse", "maid"), rows)
    >>> gender = mean_difference(vectors, [("she", "he")])
    >>> round(indirect_bias(vectors, "nurse", "maid", gender), 4)  # it is all they share
    1.0
    """
    w, v = vectors.units([word, other])
    similarity = float(w @ v)
    w, v = (x - subspace.basis.T @ (subspace.basis @ x) for x in (w, v))
    lengths = float(np.linalg.norm(w) * np.linalg.norm(v))
    if abs(similarity) < 1e-9 or lengths < 1e-9:
        return float("nan")
    return (similarity - float(w @ v) / lengths) / similarity


def extremes(
    vectors: KeyedVectors, words: Sequence[str], direction: NDArray[np.floating], count: int
) -> tuple[list[str], list[str]]:
    """The ``count`` words furthest along the direction g [D] and those furthest against it.

    Raises:
      ValueError: for fewer than 2 count known words: a word cannot be on both sides.

    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> extremes(vectors, ["she", "he", "nurse"], np.array([1.0, 0.0]), 1)
    (['she'], ['he'])
    """
    known = vectors.covered(words)
    if count < 1 or len(known) < 2 * count:
        raise ValueError(
            f"count: got {count} with {len(known)} words, want 1 or more and twice as many words"
        )
    order = np.argsort(-projections(vectors, known, direction), kind="stable")
    return [known[i] for i in order[:count]], [known[i] for i in order[::-1][:count]]
