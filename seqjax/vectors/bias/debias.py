"""Hard debiasing: neutralize and equalize (Bolukbasi et al. 2016, section 6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.vectors.bias.direction import Sets, Subspace
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.unit_rows import ROUNDING, unit_rows

UNIT = 1e-4
"""How far from 1 the length of a unit vector may be: float32 in files with few digits."""


class Debiased(NamedTuple):
    """Vectors of length 1, and what was done to them."""

    vectors: KeyedVectors
    neutralized: int
    equalized: tuple[tuple[str, ...], ...]
    skipped: tuple[tuple[str, ...], ...]
    """sets without vectors for all words, or a vector of zeros, or with a word of an earlier set"""


def neutralize(
    rows: NDArray[np.float64], basis: NDArray[np.float64], words: Sequence[str] = ()
) -> NDArray[np.float64]:
    """(w - w_B) / ‖w - w_B‖ of each row, w_B = Σ_j (w·b_j) b_j.

    Args:
      rows: [N, D], of length 1.
      basis: [k, D], orthonormal.
      words: what the rows stand for, to name one in an error.

    Raises:
      ValueError: for rows of another length, a basis that is not orthonormal, a row that lies in
        the subspace altogether.

    >>> neutralize(np.array([[0.6, 0.8]]), np.array([[1.0, 0.0]])).tolist()
    [[0.0, 1.0]]
    """
    _check(rows, basis)
    rest = rows - (rows @ basis.T) @ basis
    lengths = np.linalg.norm(rest, axis=-1, keepdims=True)
    if lengths.min(initial=1) <= ROUNDING:
        row = int(lengths.argmin())
        name = repr(words[row]) if words else f"number {row}"
        raise ValueError(f"rows: got {name} within the bias subspace; nothing would be left of it")
    neutral: NDArray[np.float64] = rest / lengths
    return neutral


def equalize(rows: NDArray[np.float64], basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Words of one set, such as a pair, as far from all neutral words as each other.

        w = ν + sqrt(1 - ‖ν‖²) (w_B - μ_B) / ‖w_B - μ_B‖,  μ = mean of the set,  ν = μ - μ_B

    A word with w_B = μ_B has no side to be put on and is left as it is. ‖ν‖ ≤ 1 holds for unit
    vectors alone. Code that is often copied takes the absolute value of 1 - ‖ν‖² instead, and
    divides by ‖(w - ν) - μ_B‖ = ‖w - μ‖, which is longer than ‖w_B - μ_B‖ unless the set differs
    within the subspace alone: the result is shorter than 1, and nearer to the neutral words than it
    should be.

    Args:
      rows: [n, D], of length 1.
      basis: [k, D], orthonormal.

    Raises:
      ValueError: for one row, rows of another length, a basis that is not orthonormal; for three
        rows or more and k = 1, where (w_B - μ_B) / ‖w_B - μ_B‖ is one of two values and words
        would become equal.

    >>> pair = np.array([[0.6, 0.8], [-1.0, 0.0]])
    >>> equalize(pair, np.array([[1.0, 0.0]])).round(4).tolist()
    [[0.9165, 0.4], [-0.9165, 0.4]]
    """
    _check(rows, basis)
    if len(rows) < 2:
        raise ValueError(f"rows: got {len(rows)}, want a set of two or more")
    if len(rows) > 2 and len(basis) == 1:
        raise ValueError(
            f"rows: got a set of {len(rows)} and one direction, along which there are two sides;"
            f" words would become equal; want pairs, or {len(rows) - 1} components"
        )
    mean = rows.mean(axis=0)
    within = (mean @ basis.T) @ basis
    nu = mean - within
    sides = (rows @ basis.T) @ basis - within
    lengths = np.linalg.norm(sides, axis=-1, keepdims=True)
    height = np.sqrt(max(0.0, 1 - float(nu @ nu)))
    return np.where(lengths > ROUNDING, nu + height * sides / np.maximum(lengths, ROUNDING), rows)


def hard_debias(
    vectors: KeyedVectors, subspace: Subspace, specific: Collection[str], sets: Sets
) -> Debiased:
    """Neutralizes all words but the specific ones, then equalizes the sets.

    All vectors are brought to length 1 first: the equations hold for these.

    Args:
      specific: words that have the bias by their meaning, such as mother; words of the sets are
        counted among them, and so are words whose vector is zero.
      sets: pairs such as (grandmother, grandfather); also looked for in Title and UPPER case.

    Raises:
      ValueError: what ``equalize`` raises; it names the set.

    >>> from seqjax.vectors.bias.direction import mean_difference
    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> gender = mean_difference(vectors, [("she", "he")])
    >>> hard_debias(vectors, gender, ["she", "he"], []).vectors["nurse"].round(4).tolist()
    [0.0, 1.0]
    """
    chosen, skipped = _choose(vectors, sets)
    unchanged = {*specific, *(word for words in chosen for word in words)}
    neutral = np.array([word not in unchanged for word in vectors.words]) & vectors.directed
    rows = unit_rows(vectors.matrix.astype(np.float64))
    names = [word for word, chosen in zip(vectors.words, neutral, strict=True) if chosen]
    rows[neutral] = neutralize(rows[neutral], subspace.basis, names)
    for words in chosen:
        members = [vectors.row(word) for word in words]
        try:
            rows[members] = equalize(rows[members], subspace.basis)
        except ValueError as error:
            raise ValueError(f"set {', '.join(words)}: {error}") from error
    rows = rows.astype(vectors.matrix.dtype)
    return Debiased(vectors.replaced(rows), int(neutral.sum()), chosen, skipped)


def _choose(
    vectors: KeyedVectors, sets: Sets
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """(sets to equalize, sets left out): in three spellings, each word in one set."""
    chosen: dict[tuple[str, ...], None] = {}
    skipped: dict[tuple[str, ...], None] = {}
    taken: set[str] = set()
    for words in sets:
        for spelling in _spellings(words):
            known = len(vectors.directed_words(spelling)) == len(spelling)
            if spelling in chosen:
                continue
            if known and not taken & set(spelling):
                chosen[spelling] = None
                taken |= set(spelling)
            elif known or spelling == tuple(words):
                skipped[spelling] = None
    return tuple(chosen), tuple(skipped)


def _spellings(words: Sequence[str]) -> list[tuple[str, ...]]:
    ways = (str, str.lower, str.title, str.upper)
    return list(dict.fromkeys(tuple(way(word) for word in words) for way in ways))


def _check(rows: NDArray[np.float64], basis: NDArray[np.float64]) -> None:
    lengths = np.linalg.norm(rows, axis=-1)
    wrong = np.abs(lengths - 1).argmax() if lengths.size else 0
    if lengths.size and abs(lengths[wrong] - 1) > UNIT:
        raise ValueError(f"rows: got a vector of length {lengths[wrong]:.4g}, want length 1")
    if np.abs(basis @ basis.T - np.eye(len(basis))).max() > UNIT:
        raise ValueError("basis: got rows that are not orthonormal, want those of a Subspace")
