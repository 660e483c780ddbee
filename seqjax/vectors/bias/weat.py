"""The word embedding association test (Caliskan, Bryson and Narayanan 2017)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.vectors.bias.probes import generator
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.known_words import shown

EXACT = 200_000
"""Partitions that are all looked at; C(20, 10) = 184,756 of two sets of ten words are."""
BLOCK = 10_000
"""Partitions that are drawn together."""
SETS = ("first_target", "second_target", "first_attribute", "second_attribute")
SPREAD = 1e-6
"""Associations that differ by less are equal: float32 vectors say no more."""
ROUNDING = 1e-10
"""Sums that differ by less are equal: they are the same up to the order of addition."""


class AssociationTest(NamedTuple):
    """Are words of X nearer to A than to B, compared with words of Y?"""

    name: str
    first_target: tuple[str, ...]
    """X"""
    second_target: tuple[str, ...]
    """Y"""
    first_attribute: tuple[str, ...]
    """A"""
    second_attribute: tuple[str, ...]
    """B"""


class Association(NamedTuple):
    """What a test found."""

    effect: float
    """d: positive where X goes with A and Y with B; within -2 and 2 for sets of one size"""
    p: float
    """one-sided: the share of partitions of X and Y whose difference is at least this one"""
    partitions: int
    """all there are where ``exact``, otherwise those that were drawn"""
    exact: bool
    covered: Mapping[str, tuple[int, int]]
    """by set: words with a vector that is not zero, words of the test"""


def weat(
    vectors: KeyedVectors,
    test: AssociationTest,
    *,
    samples: int = 100_000,
    exact_up_to: int = EXACT,
    strict: bool = False,
    key: Array,
) -> Association:
    """The effect size d and its p-value over partitions of the target words.

        s(w) = mean_{a in A} cos(w, a) - mean_{b in B} cos(w, b)
        d = (mean_{x in X} s(x) - mean_{y in Y} s(y)) / σ,  σ² = variance of s over X and Y together

    σ is the population standard deviation (divided by n, not n - 1). p is the share of the ways to
    cut X and Y into sets of their sizes for which the difference of means is at least the one
    found. The cut as it is counts, so p is never 0; ``strict`` counts those above it alone, as the
    paper writes it. With more than ``exact_up_to`` ways, ``samples`` of them are drawn and
    p = (hits + 1) / (samples + 1).

    Words without a vector, or with one of zeros, are left out; the sets may then differ in size,
    and need no trimming because the difference is one of means.

    Args:
      key: of the partitions that are drawn.

    Raises:
      ValueError: for a set without any known word, a word in both X and Y, associations that are
        all equal, samples below 1.

    >>> import jax
    >>> words = ("rose", "lily", "rat", "worm", "joy", "pain")
    >>> rows = np.array([[1, 0.1], [1, 0.3], [0.1, 1], [0.2, 1], [1, 0], [0, 1.0]])
    >>> test = AssociationTest("flowers", words[:2], words[2:4], words[4:5], words[5:])
    >>> result = weat(KeyedVectors(words, rows), test, key=jax.random.key(0))
    >>> round(result.effect, 2), round(result.p, 3), result.partitions
    (1.99, 0.167, 6)
    """
    checks.positive("samples", samples)
    known = {name: vectors.directed_words(getattr(test, name)) for name in SETS}
    for name, words in known.items():
        if not words:
            raise ValueError(
                f"{test.name!r}: got no word of {name} that has a vector, want some of"
                f" {shown(getattr(test, name))}"
            )
    first, second, a, b = known.values()
    if both := set(first) & set(second):
        raise ValueError(f"{test.name!r}: got {min(both)!r} in both targets, want it in one")
    attributes = vectors.units(a).mean(axis=0) - vectors.units(b).mean(axis=0)
    s = vectors.units([*first, *second]) @ attributes
    spread = float(s.std())
    if spread < SPREAD:
        raise ValueError(f"{test.name!r}: got the same association for all targets, want a spread")
    size = len(first)
    effect = (s[:size].mean() - s[size:].mean()) / spread
    p, partitions, exact = _p_value(s, size, samples, exact_up_to, strict, key)
    covered = {name: (len(words), len(getattr(test, name))) for name, words in known.items()}
    return Association(float(effect), p, partitions, exact, covered)


def _p_value(
    s: np.ndarray, size: int, samples: int, exact_up_to: int, strict: bool, key: Array
) -> tuple[float, int, bool]:
    """The difference of means grows with the sum over the first set, which is compared."""
    bound = s[:size].sum() + (ROUNDING if strict else -ROUNDING) * len(s)
    ways = math.comb(len(s), size)
    exact = ways <= exact_up_to
    if exact:
        chosen = itertools.chain.from_iterable(itertools.combinations(range(len(s)), size))
        rows = np.fromiter(chosen, np.int64, ways * size).reshape(ways, size)
        return float((s[rows].sum(axis=1) > bound).mean()), ways, exact
    draw, hits = generator(key), 0
    for start in range(0, samples, BLOCK):
        order = draw.random((min(BLOCK, samples - start), len(s))).argpartition(size, axis=1)
        hits += int((s[order[:, :size]].sum(axis=1) > bound).sum())
    return (hits + 1) / (samples + 1), samples, exact
