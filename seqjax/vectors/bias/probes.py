"""What tells two sides of words apart: two clusters, a kernel. The same ones for the same key."""

from __future__ import annotations

import jax
import numpy as np
from numpy.typing import NDArray

from seqjax.basics.types import Array


def generator(key: Array) -> np.random.Generator:
    """NumPy's draws from a JAX key (a scalar), on every machine the same: nothing to compile."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def halves(first: int, second: int, *, key: Array) -> NDArray[np.bool_]:
    """bool [first + second]: half of each side, drawn.

    >>> int(halves(10, 4, key=jax.random.key(0)).sum())
    7
    """
    draw = generator(key)
    return np.concatenate([draw.permutation(count) < count // 2 for count in (first, second)])


def rbf_classes(
    xs: NDArray[np.floating],
    ys: NDArray[np.bool_],
    others: NDArray[np.floating],
    penalty: float = 1.0,
) -> NDArray[np.bool_]:
    """Classes, bool [M], of others [M, D] by least squares with an RBF kernel from xs [N, D].

        f(x) = Σ_n α_n exp(-γ ‖x - x_n‖²),  α = (K + penalty I)⁻¹ (±1),  γ = 1 / (D var(xs))

    One linear system in place of the support vector machine of Gonen and Goldberg; γ is what
    scikit-learn calls "scale".

    >>> xs, ys = np.array([[0.0], [1.0], [2.0]]), np.array([False, True, False])
    >>> rbf_classes(xs, ys, np.array([[0.1], [1.1]]), penalty=0.1).tolist()
    [False, True]
    """
    gamma = 1 / (xs.shape[1] * max(float(xs.var()), 1e-30))

    def kernel(points: NDArray[np.floating]) -> NDArray[np.floating]:
        squares: NDArray[np.floating] = (
            np.sum(points**2, axis=1)[:, None] + np.sum(xs**2, axis=1) - 2 * points @ xs.T
        )
        values: NDArray[np.floating] = np.exp(-gamma * np.maximum(squares, 0))
        return values

    alpha = np.linalg.solve(kernel(xs) + penalty * np.eye(len(xs)), np.where(ys, 1.0, -1.0))
    scores: NDArray[np.floating] = kernel(others) @ alpha
    return scores > 0


def two_means(
    points: np.ndarray, *, restarts: int = 10, steps: int = 100, key: Array
) -> np.ndarray:
    """The cluster, 0 or 1, of each point [N, D]: the best of ``restarts`` by summed squares.

    Each begins with a point and another one drawn with probability ∝ ‖x - first‖² (k-means++,
    Arthur and Vassilvitskii 2007), then assigns points and updates centres until nothing changes,
    or ``steps`` times.

    >>> clusters = two_means(np.array([[0.0], [0.1], [9.0]]), key=jax.random.key(0))
    >>> bool(clusters[0] == clusters[1] != clusters[2])
    True
    """
    draw = generator(key)
    runs = [_clustered(points, steps, draw) for _ in range(restarts)]
    return min(runs, key=lambda run: run[0])[1]


def _clustered(
    points: np.ndarray, steps: int, draw: np.random.Generator
) -> tuple[float, np.ndarray]:
    """(summed squares, clusters)."""
    first = points[draw.integers(len(points))]
    apart = _squares(points, first[None])[:, 0]
    weights = apart / apart.sum() if apart.any() else None
    centres = np.stack([first, points[draw.choice(len(points), p=weights)]])
    for _ in range(steps):
        sides = _squares(points, centres).argmin(axis=1)
        means = centres.copy()
        for side in (0, 1):
            if (sides == side).any():
                means[side] = points[sides == side].mean(axis=0)
        if (means == centres).all():
            break
        centres = means
    squares = _squares(points, centres)
    return float(squares.min(axis=1).sum()), squares.argmin(axis=1)


def _squares(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """‖x - c‖² of each point and centre, [N, K]."""
    return np.stack([np.sum((points - centre) ** 2, axis=1) for centre in centres], axis=1)
