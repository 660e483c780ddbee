"""Small vectors for tests of word vectors, and where larger ones are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from paths import SHARED

from seqjax.vectors import KeyedVectors, load

GLOVE = "pretrained_vectors/glove.6B.300d.subset.txt.gz"
NEWS = "pretrained_vectors/weat_words.googlenews.300d.w2v.txt.gz"


def shared(name: str) -> Path:
    """A file of the shared data; the test is skipped where it is missing."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"needs {name} of the shared data")
    return path


def drawn(count: int = 60, width: int = 8, seed: int = 0, dtype: type = np.float32) -> KeyedVectors:
    """Words w0, w1, ... with normal vectors of various lengths."""
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(count, width)) * draw.uniform(0.5, 3, size=(count, 1))
    return KeyedVectors(tuple(f"w{i}" for i in range(count)), matrix.astype(dtype))


def gendered(
    pairs: tuple[tuple[str, str], ...], neutral: int = 60, width: int = 12, seed: int = 0
) -> tuple[KeyedVectors, np.ndarray]:
    """(vectors, g): the words of a pair are base + g and base - g; neutral words lean either way.

    n0, n1, ... lean to +g where their number is even, and a second coordinate leans with them, so
    that taking g away leaves them told apart.
    """
    draw = np.random.default_rng(seed)
    g = np.eye(width)[0]
    words, rows = [], []
    for first, second in pairs:
        base = draw.normal(size=width) * (np.arange(width) > 1)
        words += [first, second]
        rows += [base + 1.5 * g, base - 1.5 * g]
    for i in range(neutral):
        side = 1 if i % 2 == 0 else -1
        base = draw.normal(size=width) * (np.arange(width) > 1)
        lean = draw.uniform(0.5, 1.5)
        words.append(f"n{i}")
        rows.append(base + side * lean * g + side * 2 * np.eye(width)[1])
    return KeyedVectors(tuple(words), np.array(rows, np.float64)), g


def real(name: str, **options: int) -> KeyedVectors:
    """Vectors of the shared data."""
    return load(shared(name), **options)
