"""What a classifier got right, from counts: added over a data set, they do not see its batches."""

from __future__ import annotations

from typing import Any

import numpy as np


def confusion(targets: Any, predictions: Any, classes: int) -> np.ndarray:
    """int64 [C, C]: how many examples of each class (row) were taken for each class (column).

    targets and predictions: integers [N].

    Raises:
      ValueError: for unequal lengths, or an id outside [0, C).
    """
    if len(targets) != len(predictions):
        raise ValueError(
            f"predictions: got {len(predictions)}, want {len(targets)}, one for each target"
        )
    pairs = np.asarray([targets, predictions], np.int64)
    if (wrong := pairs[(pairs < 0) | (pairs >= classes)]).size:
        raise ValueError(f"targets, predictions: got class {wrong[0]}, want ids in [0, {classes})")
    return np.bincount(pairs[0] * classes + pairs[1], minlength=classes**2).reshape(classes, -1)


def accuracy(counts: np.ndarray) -> float:
    """The share of examples on the diagonal of a confusion matrix."""
    return float(np.trace(counts) / counts.sum())


def f1_of_classes(counts: np.ndarray) -> np.ndarray:
    """2 tp / (2 tp + fp + fn) of each class of a confusion matrix, [C]; NaN if it never occurs."""
    right = np.diag(counts)
    return f1(right, counts.sum(0) - right, counts.sum(1) - right)


def f1_of_labels(targets: Any, predictions: Any) -> np.ndarray:
    """F1 of each label, [C]; targets and predictions are bool [N, C], several labels an example."""
    targets, predictions = np.asarray(targets, bool), np.asarray(predictions, bool)
    right = (targets & predictions).sum(0)
    return f1(right, predictions.sum(0) - right, targets.sum(0) - right)


def f1(right: np.ndarray, spurious: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """2 tp / (2 tp + fp + fn), elementwise; NaN where all are 0."""
    both = 2 * right + spurious + missed
    return np.where(both > 0, 2 * right / np.maximum(both, 1), np.nan)


def macro(scores: np.ndarray) -> float:
    """The mean over the classes that occur, in truth or prediction, as scikit-learn has it."""
    return float(np.nanmean(scores))
