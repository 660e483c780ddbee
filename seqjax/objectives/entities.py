"""Precision, recall and F1 of spans: a span is right if its type and both its ends are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seqjax.basics import checks
from seqjax.objectives.tag_schemes import spans

MODES = {"conlleval": False, "strict": True}
"""How mistakes in tags are read, of both sides: as far as they can be, or as no span at all."""


class Counts(NamedTuple):
    """Of spans; counts of two parts of a data set may be added."""

    right: int
    predicted: int
    true: int


class Scores(NamedTuple):
    """Fractions: p = right / predicted, r = right / true, f1 = 2 p r / (p + r); 0 for 0 / 0."""

    precision: float
    recall: float
    f1: float
    true: int
    """how many there are"""


def entity_counts(
    targets: Sequence[Sequence[str]],
    predictions: Sequence[Sequence[str]],
    *,
    scheme: str,
    mode: str = "conlleval",
) -> dict[str, Counts]:
    """Counts by type, of all types that occur on either side, in the order of str.

    targets and predictions: for each sentence its tags. Mode: ``MODES``; strict asks for what the
    scheme wants, conlleval reads every scheme as the script of CoNLL-2000 does.

    Raises:
      ValueError: for a sentence with more or fewer predictions than words, a tag that the scheme
        does not have, an unknown scheme or mode.
    """
    strict = checks.lookup("mode", MODES, mode)
    right, predicted, true = Counter[str](), Counter[str](), Counter[str]()
    for n, (a, b) in enumerate(zip(targets, predictions, strict=True)):
        if len(a) != len(b):
            raise ValueError(f"predictions: got {len(b)} tags of sentence {n}, want {len(a)}")
        want, got = (set(spans(tags, scheme, strict=strict)) for tags in (a, b))
        for counter, found in ((right, want & got), (predicted, got), (true, want)):
            counter.update(span.kind for span in found)
    kinds = sorted(set(predicted) | set(true))
    return {kind: Counts(right[kind], predicted[kind], true[kind]) for kind in kinds}


def entity_scores(counts: Mapping[str, Counts]) -> dict[str, Scores]:
    """Scores of each type, then "micro", of all spans, and "macro", the mean over types."""
    each = {kind: _scores(*found) for kind, found in counts.items()}
    totals = [sum(column) for column in zip(*counts.values(), strict=True)] or [0, 0, 0]
    size = max(1, len(each))
    precision, recall, f1 = (sum(found[k] for found in each.values()) / size for k in range(3))
    return {
        **each,
        "micro": _scores(*totals),
        "macro": Scores(precision, recall, f1, totals[2]),
    }


def _scores(right: int, predicted: int, true: int) -> Scores:
    both = predicted + true
    return Scores(
        right / predicted if predicted else 0.0,
        right / true if true else 0.0,
        2 * right / both if both else 0.0,
        true,
    )
