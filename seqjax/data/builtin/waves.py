"""Generated series to be forecast: sums of two waves, with noise."""

from __future__ import annotations

import numpy as np

from seqjax.data.formats.numeric import Series

STEPS = 96
NOISE = 0.1
"""Standard deviation of what cannot be forecast."""
COUNTS = {"train": 256, "valid": 64, "test": 64}


def waves(seed: int = 0) -> dict[str, list[Series]]:
    """Series of one column, "level", by part: 20 + 3 sin(2π t / p + a) + sin(2π t / q + b) + noise.

    Periods p in 12 to 30 and q in 5 to 9 steps and both phases differ from series to series.

    >>> waves()["test"][0].values.shape
    (96, 1)
    """
    random = np.random.default_rng(seed)
    return {
        part: [Series(f"{part} {n}", ("level",), _wave(random)) for n in range(count)]
        for part, count in COUNTS.items()
    }


def _wave(random: np.random.Generator) -> np.ndarray:
    time = np.arange(STEPS)[:, None]
    slow, fast = random.uniform(12, 30), random.uniform(5, 9)
    first, second = random.uniform(0, 2 * np.pi, 2)
    level = 20 + 3 * np.sin(2 * np.pi * time / slow + first)
    level += np.sin(2 * np.pi * time / fast + second)
    noisy: np.ndarray = level + random.normal(0, NOISE, level.shape)
    return noisy
