"""Figures of a model over a whole data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from seqjax.basics.types import Carry, Params, Tree
from seqjax.objectives import accumulate, means
from seqjax.objectives.sums import Sums
from seqjax.training.step import Metrics

Evaluate = Callable[[Params, Carry, Tree], tuple[Carry, Metrics]]
"""(params, carry, batch) -> (carry, {name: (values, weights)}), compiled"""


def evaluate(
    function: Evaluate, params: Params, carry: Carry, batches: Iterable[Any]
) -> dict[str, float]:
    """Weighted means of the metrics over ``batches``, added exactly: batching does not matter.

    Raises:
      ValueError: for batches without a single element of weight above 0, or no batch at all.
    """
    sums: Sums = {}
    before: Metrics | None = None
    for batch in batches:
        carry, metrics = function(params, carry, batch)
        if before is not None:  # while the device works on this batch
            sums = accumulate(sums, before)
        before = metrics
    if before is None:
        raise ValueError("batches: got none, want one or more")
    return means(accumulate(sums, before))
