"""Figures and predictions of a tagger over a part of a data set."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics import mesh
from seqjax.basics.types import Array, Params, Tree
from seqjax.data import Vocabulary
from seqjax.models.tagger import Tagger
from seqjax.objectives import accumulate, means
from seqjax.objectives.entities import Counts, entity_counts, entity_scores
from seqjax.objectives.sums import Sums
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import of_record
from seqjax.tasks.tagging.config import TaggingData
from seqjax.tasks.tagging.labels import NONE, joined, labels_of
from seqjax.tasks.task import Part
from seqjax.training.fit import Figures
from seqjax.training.step import Metrics

Rows = list[tuple[str, ...]]
"""the tags of each sentence"""


class Outcome(NamedTuple):
    """Of a part, in the order of its sentences."""

    figures: Figures
    """loss, error, accuracy; f1 (micro) where there are names or several labels"""
    predictions: Rows


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss in nats a word, error and accuracy as shares of words.

    f1 (micro) too where there are names or several labels of a word.

    Raises:
      ValueError: for tags that the scheme of the run does not have.
    """
    figures = outcome(loaded, part).figures
    keep = loaded.record["config"].get("keep")
    return {**figures, "missed_f1": 1 - figures["f1"]} if keep == "f1" else figures


def outcome(loaded: Loaded, part: Part) -> Outcome:
    """One pass forward over all sentences, for figures and predictions; batches do not matter."""
    forward, tags = _forward(loaded.model), loaded.vocabularies["tags"]
    sums: Sums = {}
    rows: Rows = [()] * len(part.records)
    for batch in part.source:
        metrics, ids = forward(loaded.params, batch)
        sums = accumulate(sums, metrics)
        _insert(rows, np.asarray(ids), batch, tags)
    values = means(sums)
    figures = {**values, "accuracy": 1 - values["error"]}
    if counts := counted(loaded, part, rows):
        figures["f1"] = entity_scores(counts)["micro"].f1
    return Outcome(figures, rows)


@functools.lru_cache(maxsize=4)
def _forward(model: Tagger) -> Callable[[Params, Tree], tuple[Metrics, Array]]:
    """(params, batch) -> (metrics, tags [T, B] or [T, B, C]), compiled once for a model."""
    return mesh.jit(
        lambda params, batch: (model.evaluate(params, (), batch)[1], model.predict(params, batch))
    )


def _insert(rows: Rows, ids: np.ndarray, batch: Tree, tags: Vocabulary) -> None:
    """Puts the tags of a batch where its sentences stand among ``rows``."""
    for b, (index, length) in enumerate(zip(batch["index"], batch["lengths"], strict=True)):
        if index >= 0:
            rows[index] = named(ids[:length, b], tags)


def named(ids: np.ndarray, tags: Vocabulary) -> tuple[str, ...]:
    """The tags of a sentence, ids [n], or its labels, 1 and 0 [n, C]."""
    if ids.ndim == 1:
        return tuple(tags.tokens[k] for k in ids)
    return tuple(joined([tags.tokens[k] for k in np.flatnonzero(row > 0.5)]) for row in ids)


def counted(
    loaded: Loaded, part: Part, predictions: Rows, *, always: bool = False
) -> dict[str, Counts]:
    """What is right: names where the scheme marks some, else the labels of single words.

    Nothing where a word has one tag that is part of no name, unless ``always``.
    """
    scheme = loaded.record["data"]["scheme"]
    multilabel = loaded.record["config"]["head"] == "sigmoid"
    truth = [s.tags for s in part.records]
    if scheme != NONE:
        mode = of_record(TaggingData, loaded.record).mode
        return entity_counts(truth, predictions, scheme=scheme, mode=mode)
    return word_counts(truth, predictions, multilabel) if multilabel or always else {}


def word_counts(
    truth: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]], multilabel: bool
) -> dict[str, Counts]:
    """Right, predicted and true words of each label."""
    right, predicted, true = Counter[str](), Counter[str](), Counter[str]()
    for want, got in zip(truth, predictions, strict=True):
        for a, b in zip(want, got, strict=True):
            first, second = set(labels_of(a, multilabel)), set(labels_of(b, multilabel))
            for counter, labels in ((right, first & second), (predicted, second), (true, first)):
                counter.update(labels)
    every = sorted(set(predicted) | set(true))
    return {label: Counts(right[label], predicted[label], true[label]) for label in every}
