"""What word vectors are trained for: the one record that all objectives are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from seqjax.basics.types import Array, Params

Batch = Any


class Objective(NamedTuple):
    """An objective and how its tables are updated. Factories make them."""

    unit: str
    """what its loss counts: pairs, words or entries"""
    init: Callable[[Array], Params]
    """key -> tables; "input" is there in all, and begins with a row a word"""
    update: Callable[[Params, Batch, Array, Array], tuple[Params, Array, Array]]
    """(tables, batch, rates [2], key) -> (tables, sum of losses, count): a pass over the batch, the
    rate going from rates[0] to rates[1]. Donate the tables."""
    evaluate: Callable[[Params, Batch], tuple[Array, Array]]
    """(tables, batch) -> (losses, weights); what it draws is always the same"""
    vectors: Callable[[Params], Array]
    """tables -> the vectors of words [V, D]"""
    rows: int = 1
    """what a chunk is made of that several devices can share"""
    rows_of: str = "chunk"
    """the settings that say how many there are"""
    updates_per_row: float = 0.0
    """that the busiest row gets in one step: times the rate, what may diverge"""
    bound: float = float("inf")
    """of rate · updates_per_row, above which training was seen to suffer"""
