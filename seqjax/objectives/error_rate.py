"""How far what was heard is from what was said: edits between sequences of words or labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.basics.unicode_form import composed_all


def edits(said: Sequence[Any], heard: Sequence[Any]) -> int:
    """The fewest insertions, deletions and substitutions that make one of the other.

        d_ij = min(d_{i-1,j} + 1, d_{i,j-1} + 1, d_{i-1,j-1} + [said_i ≠ heard_j])

    Levenshtein 1966. Of a str the characters count. Text is compared in the composed form of
    Unicode (NFC), whatever form each side has.

    >>> edits("kitten", "sitting")
    3
    """
    said, heard = composed_all(said), composed_all(heard)
    ids = {token: n for n, token in enumerate(dict.fromkeys([*said, *heard]))}
    row, positions = np.arange(len(heard) + 1), np.arange(len(heard) + 1)
    columns = np.array([ids[token] for token in heard], int)
    for token in said:
        substituted = row[:-1] + (columns != ids[token])
        best = np.concatenate([row[:1] + 1, np.minimum(row[1:] + 1, substituted)])
        # Insertions: min over k <= j of best_k + j - k, all j at once.
        row = np.minimum.accumulate(best - positions) + positions
    return int(row[-1])


def errors(said: Sequence[Sequence[Any]], heard: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """(Σ edits, Σ lengths of what was said): their quotient is the error rate of a data set.

    Of words for lists of words, of characters for str, of labels for lists of labels.

    Raises:
      ValueError: for unequal numbers of sequences.

    >>> errors([["a", "b", "c"], ["d"]], [["a", "c"], ["d"]])
    (1, 4)
    """
    if len(said) != len(heard):
        raise ValueError(f"heard: got {len(heard)} sequences, want {len(said)}, as were said")
    return sum(map(edits, said, heard)), sum(len(composed_all(each)) for each in said)
