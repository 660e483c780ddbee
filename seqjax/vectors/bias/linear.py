"""A linear classifier of two classes: logistic regression, to the optimum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEPS = 100
TOLERANCE = 1e-9


class Line(NamedTuple):
    """Class 1 where x·w + b > 0."""

    weight: NDArray[np.float64]
    """[D]"""
    bias: float

    def predict(self, xs: NDArray[np.floating]) -> NDArray[np.bool_]:
        """bool [N] for xs [N, D]: whether each is of class 1."""
        scores: NDArray[np.float64] = xs @ self.weight + self.bias
        return scores > 0


def logistic(xs: NDArray[np.floating], ys: NDArray[np.bool_], *, penalty: float = 1.0) -> Line:
    """The minimum of Σ log(1 + exp(∓(x·w + b))) + penalty ‖w‖² / 2; b is not penalised.

    Newton's method with steps that are halved where they go too far. The minimum is unique, so
    nothing is left to chance; scikit-learn's LogisticRegression(C=1/penalty) has the same one.

    Args:
      xs: float [N, D].
      ys: bool [N].

    Raises:
      ValueError: for shapes that do not fit, one class alone, a penalty of 0 or less.

    >>> xs = np.array([[0.0], [1.0], [4.0], [5.0]])
    >>> line = logistic(xs, np.array([False, False, True, True]))
    >>> line.predict(np.array([[2.0], [3.0]])).tolist()
    [False, True]
    """
    if xs.ndim != 2 or ys.shape != (len(xs),) or ys.dtype != bool:
        raise ValueError(f"ys: got {ys.dtype}{list(ys.shape)} for xs {xs.shape}, want bool [N]")
    if ys.all() or not ys.any():
        raise ValueError("ys: got one class, want two")
    if not penalty > 0:
        raise ValueError(f"penalty: got {penalty}, want more than 0")
    rows = np.concatenate([xs, np.ones((len(xs), 1))], axis=1, dtype=np.float64)
    ridge = np.append(np.full(xs.shape[1], float(penalty)), 0.0)
    w = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        p = 0.5 * np.tanh(0.5 * (rows @ w)) + 0.5
        gradient = rows.T @ (p - ys) + ridge * w
        if np.abs(gradient).max() < TOLERANCE * len(xs):
            break
        curvature = (rows * (p * (1 - p))[:, None]).T @ rows + np.diag(ridge)
        w = _descend(rows, ys, ridge, w, np.linalg.solve(curvature, gradient))
    return Line(w[:-1], float(w[-1]))


def _descend(
    rows: NDArray[np.float64],
    ys: NDArray[np.bool_],
    ridge: NDArray[np.float64],
    w: NDArray[np.float64],
    step: NDArray[np.floating],
) -> NDArray[np.float64]:
    """w - step, or a part of the step that does not raise the loss."""

    def loss(w: NDArray[np.float64]) -> float:
        z = rows @ w
        return float(np.sum(np.logaddexp(0, np.where(ys, -z, z))) + 0.5 * ridge @ (w * w))

    before = loss(w)
    for _ in range(30):
        if loss(w - step) <= before:
            return w - step
        step = step / 2
    return w
