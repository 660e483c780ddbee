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
        does not have, an unknown scheme or mode, or unequal numbers of sentences.

    >>> entity_counts([["B-per", "I-per", "O"]], [["B-per", "O", "B-per"]], scheme="IOB2")
    {'per': Counts(right=0, predicted=2, true=1)}
    """
    strict = checks.lookup("mode", MODES, mode)
    right, predicted, true = Counter[str](), Counter[str](), Counter[str]()
    for n, (target, prediction) in enumerate(zip(targets, predictions, strict=True)):
        if len(target) != len(prediction):
            raise ValueError(
                f"predictions: got {len(prediction)} tags of sentence {n}, want {len(target)}"
            )
        want, got = (set(spans(tags, scheme, strict=strict)) for tags in (target, prediction))
        for counter, entities in ((right, want & got), (predicted, got), (true, want)):
            counter.update(entity.kind for entity in entities)
    kinds = sorted(set(predicted) | set(true))
    return {kind: Counts(right[kind], predicted[kind], true[kind]) for kind in kinds}


def entity_scores(counts: Mapping[str, Counts]) -> dict[str, Scores]:
    """Scores of each type, then "micro", of all spans, and "macro", the mean over types.

    >>> scores = entity_scores({"per": Counts(1, 2, 1), "loc": Counts(0, 0, 2)})
    >>> round(scores["micro"].f1, 3), round(scores["macro"].f1, 3)
    (0.4, 0.333)
    """
    by_kind = {kind: _scores(*numbers) for kind, numbers in counts.items()}
    totals = [sum(column) for column in zip(*counts.values(), strict=True)] or [0, 0, 0]
    size = max(1, len(by_kind))
    precision, recall, f1 = (sum(scores[k] for scores in by_kind.values()) / size for k in range(3))
    return {
        **by_kind,
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
