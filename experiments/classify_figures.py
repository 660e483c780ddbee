"""Figures and predictions of a classifier over a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from seqjax.basics.types import Params
from seqjax.data.buckets import Buckets
from seqjax.models.classifier import Classifier
from seqjax.objectives import accumulate, means
from seqjax.objectives.confusion import confusion, f1_of_classes, f1_of_labels, macro
from seqjax.objectives.sums import Sums
from seqjax.training.fit import Figures

Look = Callable[[Params, Any], tuple]
"""(params, batch) -> (metrics, probabilities [B, C]), compiled"""


class Outcome(NamedTuple):
    """Of a data set; examples are in the order of its batches."""

    figures: Figures
    """loss, error, accuracy, macro_f1"""
    probabilities: np.ndarray
    """float32 [N, C]"""
    targets: np.ndarray
    """int [N], or float [N, C] of several labels"""


def outcomes(model: Classifier) -> Look:
    """What ``outcome`` calls for each batch: one pass forward for figures and predictions."""
    return jax.jit(
        lambda params, batch: (model.evaluate(params, (), batch)[1], model.predict(params, batch))
    )


def outcome(look: Look, params: Params, source: Buckets, several: bool) -> Outcome:
    """Looks at all examples of a source; batches do not matter."""
    sums: Sums = {}
    found, targets = [], []
    for batch in source:
        metrics, probabilities = look(params, batch)
        real = batch["rows"] > 0
        sums = accumulate(sums, metrics)
        found.append(np.asarray(probabilities)[real])
        targets.append(batch["targets"][real])
    values = means(sums)
    rows, wanted = np.concatenate(found), np.concatenate(targets)
    score = macro(scores(rows, wanted, several))
    figures = {**values, "accuracy": 1 - values["error"], "macro_f1": score}
    return Outcome(figures, rows, wanted)


def scores(probabilities: np.ndarray, targets: np.ndarray, several: bool) -> np.ndarray:
    """F1 of each class, [C]."""
    if several:
        return f1_of_labels(targets > 0.5, probabilities > 0.5)
    return f1_of_classes(matrix(probabilities, targets))


def matrix(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The confusion matrix [C, C]: truth in rows, the likeliest class in columns."""
    return confusion(targets, probabilities.argmax(-1), probabilities.shape[-1])
