"""Windows of random length, cut anew in each epoch."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

HALVED = 0.05
"""How often the base length is halved."""
WIDEST = 2
"""A window is at most this many deviations longer than the base length."""


class Random(NamedTuple):
    """How lengths are drawn: max(low, Normal(base, deviation)), base steps, or steps / 2 at 5 %.

    Merity et al. 2017, section 5. Differs from it: a length is at most steps + 2 deviations, so
    that few steps are padding; and lengths are corrected, mostly by 0 or 1, so that each epoch has
    the same number of windows and no rest.
    """

    seed: int
    low: int = 5
    deviation: int = 5


@lru_cache(maxsize=4)
def cuts(total: int, steps: int, random: Random, epoch: int) -> np.ndarray:
    """int [K + 1], from 0 to ``total``: where the windows of one epoch begin and end.

    K depends on total, steps and low alone: total over the mean length, rounded up.
    """
    generator = np.random.default_rng([random.seed, epoch])
    half = max(random.low, steps / 2)
    count = -(-total // max(1, int((1 - HALVED) * steps + HALVED * half)))
    centre = np.where(generator.random(count) < HALVED, half, steps)
    low, high = min(random.low, total // count), widest(steps, random)
    drawn = np.rint(generator.normal(centre, random.deviation)).astype(np.int64)
    lengths = np.clip(drawn, low, high)
    while missing := total - int(lengths.sum()):
        # One more or one less for windows chosen at random among those within the bounds.
        room = np.flatnonzero(lengths < high if missing > 0 else lengths > low)
        chosen = generator.choice(room, min(abs(missing), len(room)), replace=False)
        lengths[chosen] += np.sign(missing)
    return np.concatenate([[0], np.cumsum(lengths)])


def widest(steps: int, random: Random) -> int:
    """The most steps that a window can have."""
    return steps + WIDEST * random.deviation
