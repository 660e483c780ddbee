"""How well cosines agree with what people say of pairs of words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.data import lines, read
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.unit_rows import ROUNDING


class Pair(NamedTuple):
    """Two words and how similar people find them."""

    first: str
    second: str
    score: float


class Agreement(NamedTuple):
    """With a set of pairs."""

    spearman: float
    """rank correlation over the covered pairs; nan for fewer than two, or if all are equal"""
    covered: int
    """pairs of which both words have a vector that is not zero; the others do not count"""
    pairs: int


def read_pairs(path: str | Path) -> list[Pair]:
    """The pairs of a file: two words and a number a line, with tabs or blanks between them.

    Lines that begin with # are comments.

    Raises:
      ValueError: names the file and the line: not two words and a finite number; no pairs at all.
    """
    pairs = []
    for number, line in enumerate(lines(read(path)), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t" if "\t" in line else None)]
        if len(fields) != 3 or not all(fields):
            raise ValueError(
                f"{path}, line {number}: got {line.strip()!r}, want two words and a number"
            )
        pairs.append(Pair(fields[0], fields[1], _number(path, number, fields[2])))
    if not pairs:
        raise ValueError(f"{path}: got no pairs, want a similarity set")
    return pairs


def _number(path: str | Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{path}, line {line}: got {text!r}, want a finite number")
    return value


def similarity_test(
    vectors: KeyedVectors, pairs: Sequence[Pair], *, case: str = "fold"
) -> Agreement:
    """Spearman correlation of cosines with the scores of people, over the pairs that are covered.

    Cosines that differ by rounding alone are equal.

    Raises:
      ValueError: for a case other than exact and fold (the commonest spelling of a word).

    >>> vectors = KeyedVectors(("cat", "dog", "car"), np.array([[2.0, 0], [1, 1], [0, 3]]))
    >>> pairs = [Pair("cat", "dog", 8.0), Pair("cat", "car", 2.0), Pair("cat", "bus", 3.0)]
    >>> similarity_test(vectors, pairs)
    Agreement(spearman=1.0, covered=2, pairs=3)
    """
    first = vectors.rows([pair.first for pair in pairs], case=case)
    second = vectors.rows([pair.second for pair in pairs], case=case)
    known = (first >= 0) & (second >= 0)
    known &= vectors.directed[first] & vectors.directed[second]
    a, b = (vectors.unit[rows[known]].astype(np.float64) for rows in (first, second))
    scores = np.array([pair.score for pair in pairs])[known]
    cosines = _tied(np.einsum("nd,nd->n", a, b))
    return Agreement(spearman(cosines, scores), int(known.sum()), len(pairs))


def _tied(values: np.ndarray) -> np.ndarray:
    """Values [N], those that differ by rounding made equal: of float32 vectors they have no order.

    >>> _tied(np.array([0.5, 1.0000001, 1.0])).tolist()
    [0.5, 1.0, 1.0]
    """
    order = np.argsort(values)
    rising = values[order]
    begins = np.diff(rising, prepend=-np.inf) > ROUNDING
    tied = np.empty_like(values)
    tied[order] = rising[begins][np.cumsum(begins) - 1]
    return tied


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's correlation of the ranks of values [N]; equal values share their mean rank.

    nan where all values of a side are equal.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    a, b = (ranks(values) - (len(values) + 1) / 2 for values in (first, second))
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 0 else math.nan


def ranks(values: np.ndarray) -> np.ndarray:
    """Float [N], 1 for the smallest; equal values get the mean of the ranks they take up.

    >>> ranks(np.array([5.0, 7.0, 5.0])).tolist()
    [1.5, 3.0, 1.5]
    """
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[groups]
