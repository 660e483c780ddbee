"""Figures and predictions of a tagger over a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.tag_labels import NONE, joined, labels_of
from seqjax.basics.types import Params
from seqjax.data import Vocabulary
from seqjax.data.buckets import Buckets
from seqjax.models.tagger import Tagger
from seqjax.objectives import accumulate, means
from seqjax.objectives.entities import Counts, entity_counts, entity_scores
from seqjax.objectives.sums import Sums
from seqjax.training.fit import Figures

Look = Callable[[Params, Any], tuple]
"""(params, batch) -> (metrics, tags [T, B] or [T, B, C]), compiled"""
Rows = list[tuple[str, ...]]


class Outcome(NamedTuple):
    """Of a data set, in the order of its sentences."""

    figures: Figures
    """loss, error, accuracy; f1 (micro) where there are names or several labels"""
    predictions: Rows


def outcomes(model: Tagger) -> Look:
    """What ``outcome`` calls for each batch: one pass forward for figures and predictions."""
    return jax.jit(
        lambda params, batch: (model.evaluate(params, (), batch)[1], model.predict(params, batch))
    )


def outcome(
    look: Look,
    params: Params,
    source: Buckets,
    tags: Vocabulary,
    targets: Sequence[Sequence[str]],
    scheme: str,
    mode: str,
) -> Outcome:
    """Looks at all sentences of a source; batches do not matter."""
    sums: Sums = {}
    rows: Rows = [()] * len(targets)
    for batch in source:
        metrics, found = look(params, batch)
        sums = accumulate(sums, metrics)
        place(rows, np.asarray(found), batch, tags)
    values = means(sums)
    figures = {**values, "accuracy": 1 - values["error"]}
    several = source.examples[0]["tags"].ndim > 1
    if scheme != NONE or several:
        counts = counted(targets, rows, scheme, mode, several)
        figures["f1"] = entity_scores(counts)["micro"].f1
    return Outcome(figures, rows)


def place(rows: Rows, found: np.ndarray, batch: Any, tags: Vocabulary) -> None:
    """Puts the tags of a batch where its sentences stand among ``rows``."""
    for b, (index, length) in enumerate(zip(batch["index"], batch["lengths"], strict=True)):
        if index >= 0:
            rows[index] = named(found[:length, b], tags)


def named(found: np.ndarray, tags: Vocabulary) -> tuple[str, ...]:
    """The tags of a sentence, ids [n], or its labels, 1 and 0 [n, C]."""
    if found.ndim == 1:
        return tuple(tags.tokens[k] for k in found)
    return tuple(joined([tags.tokens[k] for k in np.flatnonzero(row > 0.5)]) for row in found)


def counted(
    targets: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    scheme: str,
    mode: str,
    several: bool,
) -> dict[str, Counts]:
    """What is right: names where the scheme marks some, else the labels of single words."""
    if scheme != NONE:
        return entity_counts(targets, predictions, scheme=scheme, mode=mode)
    right, predicted, true = Counter[str](), Counter[str](), Counter[str]()
    for want, got in zip(targets, predictions, strict=True):
        for a, b in zip(want, got, strict=True):
            first, second = set(labels_of(a, several)), set(labels_of(b, several))
            for counter, labels in ((right, first & second), (predicted, second), (true, first)):
                counter.update(labels)
    kinds = sorted(set(predicted) | set(true))
    return {kind: Counts(right[kind], predicted[kind], true[kind]) for kind in kinds}
