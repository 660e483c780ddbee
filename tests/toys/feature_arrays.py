"""Arrays of features in a folder, named by what they are, for tests of transcription."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def arrays(folder: Path, count: int = 20) -> Path:
    """Arrays {label}_a_{index}.npy: the label is the sign of the first feature."""
    draw = np.random.default_rng(1)
    folder.mkdir(exist_ok=True)
    for n in range(count):
        frames = draw.normal(size=(draw.integers(4, 9), 3))
        frames[:, 0] += 4 * (-1) ** n
        np.save(folder / f"{'plus' if n % 2 == 0 else 'minus'}_a_{n}.npy", frames)
    return folder
