"""Small vectors for tests of word vectors, and where larger ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def gensim_vectors(vectors: KeyedVectors) -> Any:
    """The same vectors in gensim; the test is skipped where it is missing."""
    models = pytest.importorskip("gensim.models", reason="compared with gensim")
    peer = models.KeyedVectors(vectors.width, dtype=vectors.matrix.dtype)
    peer.add_vectors(list(vectors.words), vectors.matrix)
    return peer


def same(got: Any, want: Any, tolerance: float = 2e-6) -> None:
    """Equal words and, to rounding, equal scores."""
    assert [word for word, _ in got] == [word for word, _ in want]
    np.testing.assert_allclose([x for _, x in got], [x for _, x in want], atol=tolerance)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """In float64."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


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


def fnv(text: str | bytes) -> int:
    """fastText's hash, a byte at a time: FNV-1a of 32 bits whose bytes are signed."""
    value = 2166136261
    for byte in text if isinstance(text, bytes) else text.encode():
        signed = byte - 256 if byte > 127 else byte
        value = ((value ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return value


def ngrams(word: str, shortest: int = 3, longest: int = 6) -> list[str]:
    """Those of "<word>" in fastText's order; the marks alone are none."""
    marked = f"<{word}>"
    return [
        marked[begin : begin + size]
        for begin in range(len(marked))
        for size in range(shortest, longest + 1)
        if begin + size <= len(marked) and not (size == 1 and begin in (0, len(marked) - 1))
    ]
