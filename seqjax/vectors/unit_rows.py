"""Directions: vectors at length 1, and which of them have none, as they are zero or rounding."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floating = TypeVar("Floating", bound=np.floating)

BLOCK = 1 << 16
"""Rows that are looked at together, so that no temporary is as large as the matrix."""
ROUNDING = 1e-6
"""A sum of unit vectors that is shorter is zero but for the rounding of float32."""


def unit_rows(matrix: NDArray[Floating], *, shortest: float = 0.0) -> NDArray[Floating]:
    """x / ‖x‖ of each row of [N, D], in its own dtype; zeros for a row that has no direction.

    Neither the largest nor the smallest numbers of float64 overflow or vanish on the way.

    Args:
      shortest: a row with ‖x‖ of this or less has no direction.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [3e-200, 4e-200]])).tolist()
    [[0.6, 0.8], [0.0, 0.0], [0.6, 0.8]]
    """
    units = np.empty_like(matrix)
    for start in range(0, len(matrix), BLOCK):
        rows = matrix[start : start + BLOCK].astype(np.float64)
        largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)
        scale = np.ldexp(1.0, np.frexp(largest)[1] - 1)  # a power of two changes no digit
        rows /= scale
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(lengths > 0, lengths, 1)
        rows[(lengths * scale <= shortest)[:, 0]] = 0
        units[start : start + BLOCK] = rows
    return units


def unit_sum(
    name: str, weights: NDArray[np.floating], rows: NDArray[np.floating]
) -> NDArray[np.float64]:
    """s / ‖s‖, s = Σ_i w_i x_i of weights [N] and rows [N, D]; float64 [D].

    Raises:
      ValueError: for a sum that is zero, or no more than the rounding of its terms; begins with
        ``name``.

    >>> unit_sum("words", np.array([1.0, 2.0]), np.array([[3.0, 0.0], [0.0, 2.0]])).tolist()
    [0.6, 0.8]
    """
    lengths = np.abs(weights) * np.linalg.norm(rows, axis=1)
    total: NDArray[np.float64] = weights @ rows
    length = np.linalg.norm(total)
    if not length > ROUNDING * lengths.max(initial=0):
        raise ValueError(f"{name}: got a sum that is zero and has no direction")
    unit: NDArray[np.float64] = total / length
    return unit
