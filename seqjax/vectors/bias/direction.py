"""The direction of a bias, from sets of words that differ in it alone, such as she and he."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.vectors.keyed import KeyedVectors

Sets = Sequence[Sequence[str]]
ZERO = 1e-9


class Subspace(NamedTuple):
    """Where a bias lies."""

    basis: np.ndarray
    """float64 [k, D], orthonormal rows; row 0 points to the first words of the sets"""
    explained: np.ndarray
    """share of the variance within the sets along each principal component, or along the one row"""
    used: tuple[tuple[str, ...], ...]
    missing: tuple[tuple[str, ...], ...]
    """sets with a word that has no vector: they were left out"""

    @property
    def direction(self) -> np.ndarray:
        """g [D], the first row."""
        return self.basis[0]


def mean_difference(vectors: KeyedVectors, pairs: Sets) -> Subspace:
    """g = Σ (a - b) / ‖Σ (a - b)‖ over pairs (a, b) of unit vectors.

    Raises:
      ValueError: for a set that is no pair, no pair that is covered, differences that cancel.
    """
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"pairs: got {list(pair)}, want two words")
    used, missing = _known(vectors, pairs)
    differences = np.stack([a - b for a, b in (vectors.units(pair) for pair in used)])
    g = differences.mean(axis=0)
    if np.linalg.norm(g) < ZERO:
        raise ValueError("pairs: got differences whose sum is zero, want pairs in one order")
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
    """
    checks.positive("components", components)
    for words in sets:
        if len(words) < 2:
            raise ValueError(f"sets: got {list(words)}, want two words or more")
    used, missing = _known(vectors, sets)
    rows = [vectors.units(words) for words in used]
    centred = [(row - row.mean(axis=0)) / np.sqrt(len(row)) for row in rows]
    _, sizes, basis = np.linalg.svd(np.concatenate(centred), full_matrices=False)
    rank = int((sizes > ZERO * max(sizes[0], ZERO)).sum())
    if components > rank:
        raise ValueError(f"components: got {components}, want {rank} at most, which the sets span")
    first = np.sum([row[0] for row in centred], axis=0)
    if first @ basis[0] < 0:
        basis[0] *= -1
    return Subspace(basis[:components], sizes**2 / np.sum(sizes**2), used, missing)


def _known(vectors: KeyedVectors, sets: Sets) -> tuple[tuple, tuple]:
    """(sets with all words covered, the others)."""
    split: tuple[list, list] = [], []
    for words in sets:
        split[len(vectors.covered(words)) < len(words)].append(tuple(words))
    if not split[0]:
        raise ValueError(f"pairs: got {len(sets)}, none of them with vectors for all its words")
    return tuple(split[0]), tuple(split[1])
