"""What a classifier got right, from counts: added over a data set, they do not see its batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Fractions = NDArray[np.float64]


def confusion(targets: ArrayLike, predictions: ArrayLike, classes: int) -> Counts:
    """int64 [C, C]: how many examples of each class (row) were taken for each class (column).

    targets and predictions: integers [N].

    Raises:
      ValueError: for unequal lengths, or an id outside [0, C).

    >>> confusion([0, 0, 1], [0, 1, 1], 2)
    array([[1, 1],
           [0, 1]])
    """
    if np.size(targets) != np.size(predictions):
        raise ValueError(
            f"predictions: got {np.size(predictions)}, want {np.size(targets)}, one for each target"
        )
    pairs = np.asarray([targets, predictions], np.int64)
    if (unknown := pairs[(pairs < 0) | (pairs >= classes)]).size:
        raise ValueError(
            f"targets, predictions: got class {unknown[0]}, want ids in [0, {classes})"
        )
    return np.bincount(pairs[0] * classes + pairs[1], minlength=classes**2).reshape(classes, -1)


def accuracy(counts: Counts) -> float:
    """The share of examples on the diagonal of a confusion matrix [C, C]; NaN of no examples.

    >>> accuracy(np.array([[3, 1], [0, 4]]))
    0.875
    """
    return float(np.trace(counts) / counts.sum())


def f1_of_classes(counts: Counts) -> Fractions:
    """2 tp / (2 tp + fp + fn) of each class of a confusion matrix, [C]; NaN if it never occurs.

    >>> f1_of_classes(np.array([[3, 1], [0, 4]])).round(3)
    array([0.857, 0.889])
    """
    right = np.diag(counts)
    return f1(right, counts.sum(0) - right, counts.sum(1) - right)


def f1_of_labels(targets: ArrayLike, predictions: ArrayLike) -> Fractions:
    """F1 of each label, [C]; targets and predictions are bool [N, C], several labels an example.

    >>> f1_of_labels([[1, 0], [1, 1]], [[1, 0], [0, 1]]).round(3)
    array([0.667, 1.   ])
    """
    targets, predictions = np.asarray(targets, bool), np.asarray(predictions, bool)
    right = (targets & predictions).sum(0)
    return f1(right, predictions.sum(0) - right, targets.sum(0) - right)


def f1(right: Counts, spurious: Counts, missed: Counts) -> Fractions:
    """2 tp / (2 tp + fp + fn), elementwise [...]; NaN where all are 0."""
    both = 2 * right + spurious + missed
    return np.where(both > 0, 2 * right / np.maximum(both, 1), np.nan)


def macro(scores: Fractions) -> float:
    """The mean over the classes that occur, in truth or prediction, as scikit-learn has it.

    >>> macro(np.array([0.5, np.nan, 1.0]))
    0.75
    """
    return float(np.nanmean(scores))
