"""word2vec's objectives one pair at a time, in NumPy and float64: slow and easy to check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

LIMIT = 6.0


class Question(NamedTuple):
    """Is it ``row`` of the output table? The answer, and how much it counts."""

    row: int
    answer: float
    weight: float


class Reference:
    """Updates of one chunk after another; all pairs of a chunk see the same tables.

    ``ask(block, target)`` gives the questions to whatever predicts ``target``.
    """

    def __init__(
        self, model: str, ask: Any, *, block: int, clip: str = "none", exact: bool = True,
        most: float = np.inf,
    ) -> None:  # fmt: skip
        self.model, self.ask, self.block, self.clip = model, ask, block, clip
        self.exact, self.most = exact, most

    def chunk(
        self, a: np.ndarray, o: np.ndarray, piece: dict, start: int, stop: int, rate: float
    ) -> tuple[np.ndarray, np.ndarray, float, float]:
        """(input table, output table, sum of losses, count) after words start to stop."""
        ids = piece["ids"]
        total = count = 0.0
        da, do = np.zeros_like(a), np.zeros_like(o)
        text = [int(i) for i in ids[start:stop]]
        calm = {w: min(1.0, self.most / max(1, text.count(w))) for w in range(len(a))}
        for t in range(start, min(stop, int(piece["count"]))):
            near = list(self._window(piece, t))
            target = int(ids[t])
            for contexts in [[c] for c in near] if self.model == "skip_gram" else [near]:
                if not contexts:
                    continue
                x = np.mean([a[ids[c]] for c in contexts], axis=0)
                weight = calm[target]
                if self.model == "skip_gram":
                    weight *= calm[int(ids[contexts[0]])]
                count += weight
                dx = np.zeros_like(x)
                for row, answer, share in self.ask((t - start) // self.block, target):
                    score = float(x @ o[row])
                    pull = weight * share * (answer - self._sigmoid(score))
                    if self.clip == "skip" and abs(score) >= LIMIT:
                        pull = 0.0
                    total += weight * share * np.logaddexp(0, -score if answer else score)
                    do[row] += rate * pull * x
                    dx += rate * pull * o[row]
                for c in contexts:
                    word = int(ids[c])
                    if self.model == "skip_gram":
                        da[word] += dx
                    else:
                        da[word] += calm[word] * dx / (len(contexts) if self.exact else 1)
        return a + da, o + do, total, count

    def _sigmoid(self, score: float) -> float:
        if self.clip == "saturate" and abs(score) > LIMIT:
            return float(score > 0)
        return 1 / (1 + np.exp(-score))

    def _window(self, piece: dict, t: int) -> Iterator[int]:
        left, right = int(piece["left"][t]), int(piece["right"][t])
        return (c for c in range(t - left, t + right + 1) if c != t)
