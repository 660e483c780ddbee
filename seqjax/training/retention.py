"""Which checkpoints of a run stay: the two newest, the newest on schedule, and the best."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

NEWEST = 2
"""So many of the newest are kept: where the last one is damaged, the one before it is used."""


class Score(NamedTuple):
    """What decides whether a checkpoint stays."""

    value: float
    """the figure by which it may be the best; infinity if there is none"""
    provisional: bool
    """its figures are those of a run that ended between two evaluations"""
    unscheduled: bool
    """it was written only because the run stopped or ended"""


Scores = Mapping[int, Score]
"""by step, rising"""


def scheduled(scores: Scores) -> list[int]:
    """Steps whose checkpoints are written whatever happens.

    >>> scheduled({1: Score(2.0, False, False), 2: Score(1.0, False, True)})
    [1]
    """
    return [step for step, score in scores.items() if not score.unscheduled]


def lowest(scores: Scores) -> int | None:
    """The step of the lowest figure, the newest of equals; a provisional one only if it is last.

    >>> lowest({1: Score(2.0, False, False), 2: Score(1.0, True, False)})
    2
    >>> lowest({2: Score(1.0, True, False), 3: Score(2.0, False, False)})
    3
    """
    newest = max(scores, default=None)
    values = {
        step: math.inf if score.provisional and step != newest else score.value
        for step, score in scores.items()
    }
    return min(reversed(values), key=values.__getitem__, default=None)


def kept(scores: Scores, keep_best: bool) -> set[int | None]:
    """Steps whose checkpoints stay.

    >>> scores = {step: Score(float(step), False, False) for step in (1, 2, 3, 4)}
    >>> kept(scores, keep_best=True), kept(scores, keep_best=False)
    ({1, 3, 4}, {3, 4})
    """
    lasting = {step: score for step, score in scores.items() if not score.provisional}
    best = [lowest(lasting)] if keep_best else []
    return {*list(scores)[-NEWEST:], *scheduled(scores)[-1:], *best}


class Preserved(NamedTuple):
    """The same, as orbax asks for it."""

    kept: Callable[[Sequence[int]], set[int | None]]

    def should_preserve(self, checkpoints: Sequence[Any], *, context: object) -> list[bool]:
        """Whether each of them stays."""
        steps = [checkpoint.step for checkpoint in checkpoints]
        staying = self.kept(steps)
        return [step in staying for step in steps]
