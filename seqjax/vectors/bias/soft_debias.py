"""Soft debiasing: less bias, similarities as they were (Bolukbasi et al. 2016, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.vectors.bias.direction import Subspace
from seqjax.vectors.keyed import KeyedVectors, unit_rows

STEPS = 20_000
TOLERANCE = 1e-9
RANK = 1e-6
"""Singular values of all vectors below this share of the largest one count as zero."""


class Soft(NamedTuple):
    """Vectors of length 1, and the map that made them."""

    vectors: KeyedVectors
    transform: np.ndarray
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
    rows = unit_rows(w @ transform).astype(vectors.matrix.dtype)
    return Soft(vectors.replaced(rows), transform, (change, penalty))


def _minimum(squares: np.ndarray, g: np.ndarray, b: np.ndarray, strength: float) -> np.ndarray:
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


def _stationary(r: np.ndarray, g: np.ndarray, b: np.ndarray, factor: float) -> np.ndarray:
    """The Z with Z + factor (H Z G + G Z H) = R, H = bᵀ b: b [k, n] is thin, so Z bᵀ is enough."""
    k, n = b.shape
    blocks = np.einsum("ix,jy->jxiy", b, b @ g) + np.einsum("ij,xy->jxiy", b @ b.T, g)
    system = np.eye(k * n) + factor * blocks.reshape(k * n, k * n)
    within = np.linalg.solve(system, (b @ r).ravel()).reshape(k, n)
    correction = b.T @ (within @ g)
    return r - factor * (correction + correction.T)


def _largest_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def _positive(z: np.ndarray) -> np.ndarray:
    """The nearest positive semidefinite matrix."""
    values, axes = np.linalg.eigh((z + z.T) / 2)
    return (axes * np.maximum(values, 0)) @ axes.T


def _root(a: np.ndarray) -> np.ndarray:
    values, axes = np.linalg.eigh((a + a.T) / 2)
    return (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
