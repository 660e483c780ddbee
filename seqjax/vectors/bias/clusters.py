"""Two clusters by k-means: the same ones for the same key."""

from __future__ import annotations

import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.bias.chance import generator


def two_means(
    points: np.ndarray, *, restarts: int = 10, steps: int = 100, key: Array
) -> np.ndarray:
    """The cluster, 0 or 1, of each point [N, D]: the best of ``restarts`` by summed squares.

    Each begins with a point and another one drawn with probability ∝ ‖x - first‖² (k-means++,
    Arthur and Vassilvitskii 2007), then assigns points and moves centres until nothing changes, or
    ``steps`` times.
    """
    draw = generator(key)
    runs = [_once(points, steps, draw) for _ in range(restarts)]
    return min(runs, key=lambda run: run[0])[1]


def _once(points: np.ndarray, steps: int, draw: np.random.Generator) -> tuple[float, np.ndarray]:
    """(summed squares, clusters)."""
    first = points[draw.integers(len(points))]
    away = _squares(points, first[None])[:, 0]
    weights = away / away.sum() if away.any() else None
    centres = np.stack([first, points[draw.choice(len(points), p=weights)]])
    for _ in range(steps):
        sides = _squares(points, centres).argmin(axis=1)
        moved = centres.copy()
        for side in (0, 1):
            if (sides == side).any():
                moved[side] = points[sides == side].mean(axis=0)
        if (moved == centres).all():
            break
        centres = moved
    squares = _squares(points, centres)
    return float(squares.min(axis=1).sum()), squares.argmin(axis=1)


def _squares(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """‖x - c‖² of each point and centre, [N, K]."""
    return np.stack([np.sum((points - centre) ** 2, axis=1) for centre in centres], axis=1)
