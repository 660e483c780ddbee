"""Figures and predictions of a classifier over a part of a data set."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seqjax.basics import mesh
from seqjax.basics.types import Array, Params, Tree
from seqjax.models.classifier import Classifier
from seqjax.objectives import accumulate, means
from seqjax.objectives.confusion import confusion, f1_of_classes, f1_of_labels, macro
from seqjax.objectives.sums import Sums
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import Part
from seqjax.training.fit import Figures
from seqjax.training.step import Metrics


class Outcome(NamedTuple):
    """Of a part, in the order of its passages."""

    figures: Figures
    """loss, error, accuracy, macro_f1"""
    probabilities: np.ndarray
    """float32 [N, C]"""
    targets: np.ndarray
    """int [N], or float [N, C] of multilabel"""


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss in nats an example, error and accuracy as shares, macro_f1, the mean F1 of classes."""
    return outcome(loaded.model, loaded.params, part).figures


def outcome(model: Classifier, params: Params, part: Part) -> Outcome:
    """One pass forward over all passages, for figures and predictions; batches do not matter."""
    forward = _forward(model)
    sums: Sums = {}
    indices, probabilities, targets = [], [], []
    for batch in part.source:
        metrics, predicted = forward(params, batch)
        real = batch["index"] >= 0
        sums = accumulate(sums, metrics)
        indices.append(batch["index"][real])
        probabilities.append(np.asarray(predicted)[real])
        targets.append(batch["targets"][real])
    values, order = means(sums), np.argsort(np.concatenate(indices))
    p, truth = np.concatenate(probabilities)[order], np.concatenate(targets)[order]
    score = macro(scores(p, truth))
    return Outcome({**values, "accuracy": 1 - values["error"], "macro_f1": score}, p, truth)


@functools.lru_cache(maxsize=4)
def _forward(model: Classifier) -> Callable[[Params, Tree], tuple[Metrics, Array]]:
    """(params, batch) -> (metrics, probabilities [B, C]), compiled once for a model."""
    return mesh.jit(
        lambda params, batch: (model.evaluate(params, (), batch)[1], model.predict(params, batch))
    )


def scores(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """F1 of each class, [C].

    Args:
      probabilities: float32 [N, C].
      targets: int [N], or float [N, C] of multilabel.
    """
    if targets.ndim == 2:
        return f1_of_labels(targets > 0.5, probabilities > 0.5)
    return f1_of_classes(confusions(probabilities, targets))


def confusions(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The confusion matrix [C, C]: truth in rows, the likeliest class in columns."""
    return confusion(targets, probabilities.argmax(-1), probabilities.shape[-1])
