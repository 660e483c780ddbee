"""How often words stand near each other, weighted by their distance, as GloVe counts it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.data.words.corpus import WordCorpus

BLOCK = 1 << 20
"""Words that are looked at at once."""
COMMON = 2048
"""Pairs of words before this one are counted in a table, the others by sorting."""
RUNS = 8
"""Sorted lists of pairs that are kept apart before they become one."""


class Cooccurrences(NamedTuple):
    """X_ij > 0, in the order of (i, j)."""

    rows: np.ndarray
    """int32 [E], the word i"""
    columns: np.ndarray
    """int32 [E], the context word j"""
    values: np.ndarray
    """float32 [E]"""


def cooccurrences(
    corpus: WordCorpus, *, window: int = 10, symmetric: bool = True, weighting: str = "inverse"
) -> Cooccurrences:
    """X_ij = Σ 1 / d over the places where j stands d <= ``window`` words before i, in one line.

    ``symmetric`` counts contexts on both sides, X + Xᵀ; otherwise those before the word alone.
    ``weighting`` equal: each place counts 1. Of the training part only. All distinct pairs are held
    in memory, 12 bytes each.

    Raises:
      ValueError: for a window below 1, an unknown weighting, or no pair at all.

    >>> from seqjax.data.words.corpus import from_pieces
    >>> corpus = from_pieces(iter([["a", "b", "a"]]), minimum=1)
    >>> counts = cooccurrences(corpus, window=2, symmetric=False)
    >>> corpus.words, counts.rows.tolist(), counts.columns.tolist(), counts.values.tolist()
    (('a', 'b'), [0, 0, 1], [0, 1, 0], [0.5, 1.0, 1.0])
    """
    if window < 1:
        raise ValueError(f"window: got {window}, want 1 or more")
    if weighting not in {"inverse", "equal"}:
        raise ValueError(f"weighting: got {weighting!r}, want inverse or equal")
    size = len(corpus.words)
    common = min(COMMON, size)
    table = np.zeros(common * common)
    runs: list[tuple[np.ndarray, np.ndarray]] = []
    for begin in range(0, corpus.train, BLOCK):
        words, reach = _block(corpus, begin, window)
        keys: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        for distance in range(1, window + 1):
            positions = np.flatnonzero(reach >= distance)
            i, j = words[positions].astype(np.int64), words[positions - distance]
            weight = 1 / distance if weighting == "inverse" else 1.0
            tabled = (i < common) & (j < common)
            pairs = i[tabled] * common + j[tabled]
            table += weight * np.bincount(pairs, minlength=len(table))
            keys.append((i * size + j)[~tabled])
            weights.append(np.full(len(keys[-1]), weight))
        runs.append(_summed(np.concatenate(keys), np.concatenate(weights)))
        runs = [_merged(runs)] if len(runs) == RUNS else runs
    i, j = np.divmod(np.flatnonzero(table), common)
    pairs, values = _merged([*runs, (i * size + j, table[i * common + j])])
    if symmetric:
        i, j = np.divmod(pairs, size)
        pairs, values = _summed(np.concatenate([pairs, j * size + i]), np.tile(values, 2))
    if not len(pairs):
        raise ValueError("corpus: got no two words in one line, want some")
    i, j = np.divmod(pairs, size)
    return Cooccurrences(i.astype(np.int32), j.astype(np.int32), values.astype(np.float32))


def _block(corpus: WordCorpus, begin: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Words with some before them; how many of those, in the same line, each may look back on."""
    first, last = max(0, begin - window), min(begin + BLOCK, corpus.train)
    words = np.asarray(corpus.ids[first:last])
    positions = np.arange(first, last)
    line = corpus.starts[np.searchsorted(corpus.starts, positions, side="right") - 1]
    reach = np.minimum(positions - line, positions - first)
    reach[: begin - first] = 0  # they were counted before
    return words, reach


def _summed(keys: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each key once, rising, with the sum of its weights."""
    order = np.argsort(keys, kind="stable")
    keys, weights = keys[order], weights[order]
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[begins], np.add.reduceat(weights, begins) if len(begins) else weights


def _merged(runs: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    keys, weights = (np.concatenate(parts) for parts in zip(*runs, strict=True))
    return _summed(keys, weights)
