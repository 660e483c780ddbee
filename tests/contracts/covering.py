"""Which rows of a product of parameters the ordinary suite runs: a covering design.

The others are marked ``product``: what they demand of two parameters some other row demands too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from typing import Any

import pytest

Demands = Callable[..., Iterable[Hashable]]


def covering(rows: Sequence[tuple], demands: Demands, given: Iterable[tuple] = ()) -> list[tuple]:
    """Rows that make all demands of ``rows``, in their order; those of ``given`` are among them.

    Greedy: next comes the row with most demands that no row before it has made, of several the
    first of the table.
    """
    given = list(given)
    made = [set(demands(*row)) for row in rows]
    kept = {n for n, row in enumerate(rows) if row in given}
    missing = set().union(*made) - set().union(*(made[n] for n in kept))
    while missing:
        best = max(range(len(rows)), key=lambda n: len(made[n] & missing))
        kept.add(best)
        missing -= made[best]
    return [row for n, row in enumerate(rows) if n in kept]


def pairs(*axes: Iterable[int]) -> Demands:
    """Each value of each parameter, and each pair of values of the parameters numbered together."""

    def demands(*row: Hashable) -> Iterable[Hashable]:
        yield from enumerate(row)
        for numbers in axes:
            for a, b in combinations(numbers, 2):
                yield a, row[a], b, row[b]

    return demands


def marked(
    rows: Sequence[tuple], kept: Iterable[tuple], ids: Callable[[Any], str] = str
) -> list[Any]:
    """The rows as pytest wants them, those that are not kept marked."""
    kept = list(kept)
    return [
        pytest.param(
            *row,
            id="-".join(map(ids, row)),
            marks=() if row in kept else pytest.mark.product,
        )
        for row in rows
    ]
