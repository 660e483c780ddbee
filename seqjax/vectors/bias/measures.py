"""How much of a bias words carry: along its direction, and in what they are near to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.known_words import shown
from seqjax.vectors.unit_rows import ROUNDING, unit_rows


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
    g = unit_direction(direction, vectors.width)
    cosines: NDArray[np.float64] = vectors.units(words) @ g
    return cosines


def unit_direction(direction: NDArray[np.floating], width: int) -> NDArray[np.float64]:
    """g / ‖g‖, float64 [D].

    Raises:
      ValueError: for a direction of another width, of zeros, or with what is no finite number.

    >>> unit_direction(np.array([0.0, 2.0]), 2).tolist()
    [0.0, 1.0]
    """
    if direction.shape != (width,) or not (direction.any() and np.isfinite(direction).all()):
        length = np.linalg.norm(direction)
        raise ValueError(
            f"direction: got shape {direction.shape} and length {length:.3g}, want"
            f" ({width},), finite and not zero"
        )
    unit: NDArray[np.float64] = unit_rows(direction[None].astype(np.float64))[0]
    return unit


def direct_bias(
    vectors: KeyedVectors,
    words: Sequence[str],
    direction: NDArray[np.floating],
    strictness: float = 1.0,
) -> Share:
    """mean_w |cos(w, g)|^c over the words with a direction (Bolukbasi et al. 2016, section 5.2).

    Words without a vector, or with one of zeros, are not covered.

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
    known = vectors.directed_words(words)
    if not known:
        raise ValueError(
            f"words: got {len(words)}, none of them with a vector: {shown(words)}; want some that"
            " the vectors have"
        )
    values = np.abs(projections(vectors, known, direction))
    # What is left by rounding is no bias; 0 to the power of 0 is 0 here.
    values = np.where(values > ROUNDING, values, 0.0)
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
    if abs(similarity) <= ROUNDING or lengths <= ROUNDING:
        return float("nan")
    return (similarity - float(w @ v) / lengths) / similarity


def extremes(
    vectors: KeyedVectors, words: Sequence[str], direction: NDArray[np.floating], count: int
) -> tuple[list[str], list[str]]:
    """The ``count`` words furthest along the direction g [D] and those furthest against it.

    Words without a vector, or with one of zeros, are left out.

    Raises:
      ValueError: for fewer than 2 count known words: a word cannot be on both sides.

    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> extremes(vectors, ["she", "he", "nurse"], np.array([1.0, 0.0]), 1)
    (['she'], ['he'])
    """
    known = vectors.directed_words(words)
    if count < 1 or len(known) < 2 * count:
        raise ValueError(
            f"count: got {count} with {len(known)} words, want 1 or more and twice as many words"
        )
    order = np.argsort(-projections(vectors, known, direction), kind="stable")
    return [known[i] for i in order[:count]], [known[i] for i in order[::-1][:count]]
