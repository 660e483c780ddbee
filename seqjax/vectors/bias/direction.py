"""The direction of a bias, from sets of words that differ in it alone, such as she and he."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.basics import checks
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.known_words import shown
from seqjax.vectors.unit_rows import ROUNDING

Sets = Sequence[Sequence[str]]


class Subspace(NamedTuple):
    """Where a bias lies."""

    basis: NDArray[np.float64]
    """float64 [k, D], orthonormal rows; row 0 points to the first words of the sets"""
    explained: NDArray[np.float64]
    """share of the variance within the sets along each principal component, or along the one row"""
    used: tuple[tuple[str, ...], ...]
    missing: tuple[tuple[str, ...], ...]
    """sets with a word that has no vector, or one of zeros: they were left out"""

    @property
    def direction(self) -> NDArray[np.float64]:
        """g [D], the first row of the basis."""
        row: NDArray[np.float64] = self.basis[0]
        return row


def mean_difference(vectors: KeyedVectors, pairs: Sets) -> Subspace:
    """g = Σ (a - b) / ‖Σ (a - b)‖ over pairs (a, b) of unit vectors.

    Raises:
      ValueError: for a set that is no pair, no pair that is covered, differences that cancel.

    >>> vectors = KeyedVectors(("she", "he"), np.array([[1.0, 1.0], [-1.0, 1.0]]))
    >>> mean_difference(vectors, [("she", "he")]).direction.tolist()
    [1.0, 0.0]
    """
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"pairs: got {list(pair)}, want two words")
    used, missing = _split_covered(vectors, pairs)
    differences = np.stack([a - b for a, b in (vectors.units(pair) for pair in used)])
    g = differences.mean(axis=0)
    if np.linalg.norm(g) <= ROUNDING:
        raise ValueError(
            "pairs: got differences whose sum is zero, want pairs in one order, of words that"
            " differ"
        )
    g /= np.linalg.norm(g)
    share = np.sum((differences @ g) ** 2) / np.sum(differences**2)
    return Subspace(g[None], share[None], used, missing)


def principal(vectors: KeyedVectors, sets: Sets, components: int = 1) -> Subspace:
    """The first right singular vectors of the centred sets (Bolukbasi et al. 2016).

        C = Σ_i Σ_{w in D_i} (w - μ_i)ᵀ (w - μ_i) / |D_i|,  μ_i = mean of D_i, unit vectors

    A singular vector has no sign of its own: row 0 is turned so that, summed over the sets, the
    first word lies on its positive side of μ_i.

    Raises:
      ValueError: for a set of fewer than two words, no set that is covered, or more components than
        the sets span.

    >>> vectors = KeyedVectors(("she", "he"), np.array([[1.0, 1.0], [-1.0, 1.0]]))
    >>> principal(vectors, [("she", "he")]).explained.round(4).tolist()
    [1.0, 0.0]
    """
    checks.positive("components", components)
    for words in sets:
        if len(words) < 2:
            raise ValueError(f"sets: got {list(words)}, want two words or more")
    used, missing = _split_covered(vectors, sets)
    rows = [vectors.units(words) for words in used]
    centred = [(row - row.mean(axis=0)) / np.sqrt(len(row)) for row in rows]
    _, sizes, basis = np.linalg.svd(np.concatenate(centred), full_matrices=False)
    rank = int((sizes > ROUNDING).sum())
    if components > rank:
        raise ValueError(f"components: got {components}, want {rank} at most, which the sets span")
    first = np.sum([row[0] for row in centred], axis=0)
    if first @ basis[0] < 0:
        basis[0] *= -1
    return Subspace(basis[:components], sizes**2 / np.sum(sizes**2), used, missing)


def _split_covered(
    vectors: KeyedVectors, sets: Sets
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """(sets of words that all have a vector that is not zero, the others)."""
    known: list[tuple[str, ...]] = []
    missing: list[tuple[str, ...]] = []
    for words in sets:
        group = known if len(vectors.directed_words(words)) == len(words) else missing
        group.append(tuple(words))
    if not known:
        words = [word for group in missing for word in group]
        lacking = [word for word in words if not vectors.directed_words([word])]
        raise ValueError(
            f"pairs: got {len(sets)}, none of them with vectors for all its words; without are"
            f" {shown(lacking)}; want pairs of words that the vectors have"
        )
    return tuple(known), tuple(missing)
