"""word2vec's objectives one pair at a time, in NumPy and float64: slow and easy to check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

LIMIT = 6.0


class Candidate(NamedTuple):
    """A row of the output table, whether it is the one, and how much it counts."""

    row: int
    label: float
    weight: float


class Reference:
    """Updates of one chunk after another; all pairs of a chunk see the same tables.

    ``choose(block, target)`` gives the candidates of whatever predicts ``target``.
    """

    def __init__(
        self, model: str, choose: Any, *, block: int, clip: str = "none", exact: bool = True,
        full_count: float = np.inf,
    ) -> None:  # fmt: skip
        self.model, self.choose, self.block, self.clip = model, choose, block, clip
        self.exact, self.full_count = exact, full_count

    def chunk(
        self, a: np.ndarray, o: np.ndarray, piece: dict, start: int, stop: int, rate: float
    ) -> tuple[np.ndarray, np.ndarray, float, float]:
        """(input table, output table, sum of losses, count) after words start to stop."""
        ids = piece["ids"]
        total = count = 0.0
        da, do = np.zeros_like(a), np.zeros_like(o)
        text = [int(i) for i in ids[start:stop]]
        scale = {w: min(1.0, self.full_count / max(1, text.count(w))) for w in range(len(a))}
        for t in range(start, min(stop, int(piece["count"]))):
            near = list(self._window(piece, t))
            target = int(ids[t])
            for contexts in [[c] for c in near] if self.model == "skip_gram" else [near]:
                if not contexts:
                    continue
                x = np.mean([a[ids[c]] for c in contexts], axis=0)
                weight = scale[target]
                if self.model == "skip_gram":
                    weight *= scale[int(ids[contexts[0]])]
                count += weight
                dx = np.zeros_like(x)
                for row, label, share in self.choose((t - start) // self.block, target):
                    score = float(x @ o[row])
                    update = weight * share * (label - self._sigmoid(score))
                    if self.clip == "skip" and abs(score) >= LIMIT:
                        update = 0.0
                    total += weight * share * np.logaddexp(0, -score if label else score)
                    do[row] += rate * update * x
                    dx += rate * update * o[row]
                for c in contexts:
                    word = int(ids[c])
                    if self.model == "skip_gram":
                        da[word] += dx
                    else:
                        da[word] += scale[word] * dx / (len(contexts) if self.exact else 1)
        return a + da, o + do, total, count

    def _sigmoid(self, score: float) -> float:
        if self.clip == "saturate" and abs(score) > LIMIT:
            return float(score > 0)
        return 1 / (1 + np.exp(-score))

    def _window(self, piece: dict, t: int) -> Iterator[int]:
        left, right = int(piece["left"][t]), int(piece["right"][t])
        return (c for c in range(t - left, t + right + 1) if c != t)
