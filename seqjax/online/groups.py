"""Which entries of the influence ∂s/∂θ are carried: groups of parameters that reach the same rows.

A group is a block [r, m] of the matrix: m parameters and the r entries of the state that they
reach. Parameters of a unit of an elementwise cell reach that unit alone, those of a dense cell
everything. Groups of one shape lie in one array.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.online.sparsity import Pattern, Sparsity


class Bucket(NamedTuple):
    """G groups of one shape."""

    rows: np.ndarray
    """int [G, r], entries of s"""
    columns: np.ndarray
    """int [G, m], entries of θ"""


class Colors(NamedTuple):
    """Entries of s that share a direction of differentiation, as no derivative sees two of them."""

    of: np.ndarray
    """int [N]"""
    seeds: np.ndarray
    """float [K, N], the sum of unit vectors of each color"""


def reached(found: Sparsity, *, closed: bool) -> Pattern:
    """Which entries of ∂s/∂θ [N, P] are carried: those of one step, or with ``closed`` of any."""
    if not closed:
        return found.learned
    unique, inverse = _unique_columns(found.learned)
    paths = found.state | np.eye(len(found.state), dtype=bool)
    for _ in range(len(paths).bit_length()):
        paths = (paths.astype(np.float32) @ paths.astype(np.float32)) > 0
    after: Pattern = (paths.astype(np.float32) @ unique.astype(np.float32)) > 0
    return after[:, inverse]


def buckets(reach: Pattern) -> list[Bucket]:
    """The groups of a pattern [N, P]; parameters that reach nothing are in none.

    >>> [(group.rows.shape, group.columns.shape) for group in buckets(np.eye(4, dtype=bool))]
    [((4, 1), (4, 1))]
    """
    unique, inverse = _unique_columns(reach)
    by_shape: dict[tuple[int, int], list[tuple[np.ndarray, np.ndarray]]] = {}
    for group in range(unique.shape[1]):
        rows, columns = np.flatnonzero(unique[:, group]), np.flatnonzero(inverse == group)
        if len(rows):
            by_shape.setdefault((len(rows), len(columns)), []).append((rows, columns))
    return [
        Bucket(*(np.stack(parts) for parts in zip(*groups, strict=True)))
        for _, groups in sorted(by_shape.items())
    ]


def colors(pattern: Pattern) -> Colors:
    """A coloring of the rows of a pattern [N, P] in which no column has two rows of one color.

    One product with the sum of all rows of a color then gives each of them apart (Curtis, Powell
    and Reid 1974). Greedy, in the order of rows.

    >>> colors(np.eye(4, dtype=bool)).seeds.astype(int).tolist()
    [[1, 1, 1, 1]]
    """
    unique, _ = _unique_columns(pattern)
    numbers = unique.astype(np.float32)
    conflicts = (numbers @ numbers.T) > 0
    of = np.zeros(len(pattern), int)
    for row in range(1, len(pattern)):
        taken = set(of[:row][conflicts[row, :row]].tolist())
        of[row] = next(color for color in range(row + 1) if color not in taken)
    return Colors(of, np.eye(of.max() + 1)[:, of])


def _unique_columns(pattern: Pattern) -> tuple[Pattern, np.ndarray]:
    """(the columns that differ [N, U], for each column of the pattern which of them it is)."""
    packed = np.packbits(pattern, axis=0)
    _, first, inverse = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    return pattern[:, first], inverse.reshape(-1)
