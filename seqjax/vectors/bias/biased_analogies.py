"""Pairs of words that differ as she and he do (Bolukbasi et al. 2016, section 4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.vectors.bias.measures import unit_direction
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.unit_rows import ROUNDING

BLOCK = 1024
DIGITS = 9
"""Of scores that are compared: further ones are rounding."""


class BiasedPair(NamedTuple):
    """she is to ``first`` as he is to ``second``."""

    first: str
    second: str
    score: float
    """cos(g, x - y)"""


def biased_analogies(
    vectors: KeyedVectors,
    direction: np.ndarray,
    *,
    count: int = 10,
    commonest: int = 5000,
    distance: float = 1.0,
    without: Collection[str] = (),
) -> list[BiasedPair]:
    """The pairs x, y with the largest cos(g, x - y) among those with ‖x - y‖ ≤ ``distance``.

    Unit vectors of the ``commonest`` words; each word occurs once as x and once as y at most. No
    word of a question is left out of the answers, as there is no question.

    Args:
      direction: g [D], such as she - he.
      without: words that may well differ so, such as mother and father.

    Raises:
      ValueError: for a count or a number of words below 1, a distance outside (0, 2], a direction
        of another width or of zeros.

    >>> rows = np.array([[1.0, 0.2, 0.0], [-1.0, 0.2, 0.0], [0.3, 1.0, 0.0], [-0.3, 1.0, 0.0]])
    >>> vectors = KeyedVectors(("she", "he", "nurse", "doctor"), rows)
    >>> biased_analogies(vectors, np.array([1.0, 0.0, 0.0]))[0][:2]
    ('nurse', 'doctor')
    """
    checks.positive("count", count)
    checks.positive("commonest", commonest)
    if not 0 < distance <= 2:
        raise ValueError(f"distance: got {distance}, want more than 0 and 2 at most")
    g = unit_direction(direction, vectors.width)
    directed = vectors.directed[:commonest].tolist()
    rows = [row for row, word in enumerate(vectors.words[:commonest])
            if directed[row] and word not in without]  # fmt: skip
    if not rows:
        return []
    units = vectors.unit[rows].astype(np.float64)
    along = units @ g
    # The best partners of each x are enough: a partner is lost to count - 1 better pairs at most.
    scored: list[tuple[float, int, int]] = []
    for start in range(0, len(rows), BLOCK):
        part = slice(start, start + BLOCK)
        squares = 2 - 2 * units[part] @ units.T
        scores = (along[part, None] - along) / np.sqrt(np.maximum(squares, ROUNDING**2))
        # Words that point the same way differ by rounding alone.
        scores[(squares > distance**2) | (squares <= ROUNDING**2)] = -np.inf
        best = np.argpartition(-scores, min(count, len(rows) - 1), axis=1)[:, :count]
        values = np.take_along_axis(scores, best, axis=1)
        for x, (ys, line) in enumerate(zip(best, values, strict=True), start):
            partners = zip(line.tolist(), ys.tolist(), strict=True)
            scored += [(score, x, y) for score, y in partners if score > ROUNDING]
    return _distinct_pairs(scored, [vectors.words[row] for row in rows], count)


def _distinct_pairs(
    scored: list[tuple[float, int, int]], words: list[str], count: int
) -> list[BiasedPair]:
    """The first ``count`` with no x and no y twice; of equal scores the commoner words'."""
    used: tuple[set[int], set[int]] = set(), set()
    pairs: list[BiasedPair] = []
    for score, x, y in sorted(scored, key=lambda pair: (-round(pair[0], DIGITS), pair[1:])):
        if x in used[0] or y in used[1]:
            continue
        used[0].add(x)
        used[1].add(y)
        pairs.append(BiasedPair(words[x], words[y], score))
        if len(pairs) == count:
            break
    return pairs
