"""Soft debiasing: less bias, similarities as they were (Bolukbasi et al. 2016, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.unit_rows import ROUNDING, unit_rows

Matrix = NDArray[np.float64]
STEPS = 20_000
TOLERANCE = 1e-9
RANK = 1e-6
"""Singular values of all vectors below this share of the largest one count as zero."""


class Soft(NamedTuple):
    """Vectors of length 1, and the map that made them."""

    vectors: KeyedVectors
    transform: Matrix
    """T [D, D], symmetric"""
    objective: tuple[float, float]
    """(change of all similarities, penalty without its factor) at T"""


def soft_debias(
    vectors: KeyedVectors, neutral: Sequence[str], subspace: Subspace, *, strength: float = 0.2
) -> Soft:
    """w <- T w / ‖T w‖ of unit vectors, where T keeps similarities and avoids the bias.

        T = argmin ‖(T W)ᵀ (T W) - Wᵀ W‖² + strength ‖(T N)ᵀ (T B)‖²

    W holds all words, N the neutral ones, B the bias subspace, a column each. Strength 0 keeps all
    as it is; a large one is hard debiasing without its normalisation.

    In A = Tᵀ T this is convex, and only the D x D matrices W Wᵀ and N Nᵀ enter. With W = U Σ Vᵀ and
    A = U Σ⁻¹ Z Σ⁻¹ Uᵀ it reads ‖Z - Σ²‖² + strength tr(H Z G Z) for positive semidefinite Z, where
    G and H are N Nᵀ and B Bᵀ in these coordinates. Without the condition on Z the minimum is a
    linear system. Of all T with this A the symmetric one is taken.

    Raises:
      ValueError: for a strength below 0, a neutral word without a vector, none at all.

    >>> from seqjax.vectors.bias.direction import mean_difference
    >>> vectors = KeyedVectors(("she", "he", "nurse"), np.array([[1.0, 1], [-1, 1], [0.6, 0.8]]))
    >>> gender = mean_difference(vectors, [("she", "he")])
    >>> soft = soft_debias(vectors, ["nurse"], gender, strength=100.0)
    >>> bool(abs(soft.vectors["nurse"][0]) < 0.6)
    True
    """
    if not 0 <= strength < np.inf:
        raise ValueError(f"strength: got {strength}, want 0 or more")
    if not neutral:
        raise ValueError("neutral: got no words, want some")
    w = vectors.unit.astype(np.float64)
    values, axes = np.linalg.eigh(w.T @ w)
    kept = values > RANK**2 * values[-1]
    sizes, axes = np.sqrt(values[kept]), axes[:, kept]
    n = vectors.units(neutral) @ axes / sizes
    b = subspace.basis @ axes / sizes
    z = _minimum(sizes**2, n.T @ n, b, strength)
    change = float(np.sum((z - np.diag(sizes**2)) ** 2))
    penalty = float(np.sum((n @ z @ b.T) ** 2))
    root = _root(z / np.outer(sizes, sizes))
    transform = np.eye(vectors.width) + axes @ (root - np.eye(len(sizes))) @ axes.T
    rows = unit_rows(w @ transform, shortest=ROUNDING).astype(vectors.matrix.dtype)
    return Soft(vectors.replaced(rows), transform, (change, penalty))


def _minimum(squares: NDArray[np.float64], g: Matrix, b: Matrix, strength: float) -> Matrix:
    """argmin over Z ⪰ 0 of ‖Z - S‖² + strength tr(bᵀ b Z G Z), S diagonal.

    Where the minimum over all Z is no such matrix, the two demands are met by turns (ADMM, Boyd et
    al. 2011).
    """
    s = np.diag(squares)
    z = _stationary(s, g, b, strength / 2)
    if np.linalg.eigvalsh(z)[0] >= -TOLERANCE * squares.max():
        return z
    positive, drift = s, np.zeros_like(s)
    for _ in range(STEPS):
        z = _stationary((s + positive - drift) / 2, g, b, strength / 4)
        previous, positive = positive, _positive(z + drift)
        drift = drift + z - positive
        change = max(_largest_difference(z, positive), _largest_difference(positive, previous))
        if change <= TOLERANCE * squares.max():
            return positive
    raise ValueError(
        f"strength: got {strength}, for which no minimum was found, want a smaller one"
    )


def _stationary(r: Matrix, g: Matrix, b: Matrix, factor: float) -> Matrix:
    """The Z with Z + factor (H Z G + G Z H) = R, H = bᵀ b: b [k, n] is thin, so Z bᵀ is enough."""
    k, n = b.shape
    blocks = np.einsum("ix,jy->jxiy", b, b @ g) + np.einsum("ij,xy->jxiy", b @ b.T, g)
    system = np.eye(k * n) + factor * blocks.reshape(k * n, k * n)
    within = np.linalg.solve(system, (b @ r).ravel()).reshape(k, n)
    correction: Matrix = b.T @ (within @ g)
    stationary: Matrix = r - factor * (correction + correction.T)
    return stationary


def _largest_difference(a: Matrix, b: Matrix) -> float:
    return float(np.abs(a - b).max())


def _positive(z: Matrix) -> Matrix:
    """The nearest positive semidefinite matrix."""
    values, axes = np.linalg.eigh((z + z.T) / 2)
    return _composed(np.maximum(values, 0), axes)


def _root(a: Matrix) -> Matrix:
    """The symmetric R with R R = A, for A positive semidefinite up to rounding."""
    values, axes = np.linalg.eigh((a + a.T) / 2)
    return _composed(np.sqrt(np.maximum(values, 0)), axes)


def _composed(values: NDArray[np.float64], axes: Matrix) -> Matrix:
    """The symmetric matrix of eigenvalues [n] and eigenvectors [n, n], a column each."""
    matrix: Matrix = (axes * values) @ axes.T
    return matrix
