"""What is trained in the comparison of language models, and what a side of it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Setup(NamedTuple):
    """A model and its training."""

    hidden: int
    window: int
    dropout: float
    scale: float
    """initial weights lie in [-scale, scale]"""
    words: int = 10_000
    text: int = 929_581
    """words of the text; about those of the Penn Treebank, which rows of 20 divide evenly"""
    layers: int = 2
    batch: int = 20
    rate: float = 1.0
    clip: float = 5.0

    def ids(self) -> np.ndarray:
        """int32 [text]: words as frequent as Zipf's law has them, without order."""
        odds = 1 / np.arange(1, self.words + 1)
        draw = np.random.default_rng(0)
        return draw.choice(self.words, self.text, p=odds / odds.sum()).astype(np.int32)


SETUPS = {"small": Setup(200, 20, 0.0, 0.1), "medium": Setup(650, 35, 0.5, 0.05)}
"""Those of Zaremba et al. 2014."""


class Training(NamedTuple):
    """One side of the comparison."""

    turn: Callable[[int], float]
    """Trains that many steps and waits for the last; returns seconds that it waited for batches."""
    loss: float
    """of the first window, without dropout, before training"""
