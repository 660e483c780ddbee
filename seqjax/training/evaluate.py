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

    Args:
      function: of one batch; the carry it gives goes to the next batch.
      params: of the model.
      carry: the state before the first batch.
      batches: of the data set, in order.

    Raises:
      ValueError: for batches without a single element of weight above 0, a weight that is negative
        or not finite, or no batch at all.

    >>> import numpy as np
    >>> error = lambda params, carry, batch: (carry, {"error": ((batch - params) ** 2, batch > 0)})
    >>> evaluate(error, 1.0, (), [np.array([1.0, 3.0]), np.array([0.0])])
    {'error': 2.0}
    """
    sums: Sums = {}
    previous: Metrics | None = None
    for batch in batches:
        carry, metrics = function(params, carry, batch)
        if previous is not None:  # while the device works on this batch
            sums = accumulate(sums, previous)
        previous = metrics
    if previous is None:
        raise ValueError("batches: got none, want one or more")
    return means(accumulate(sums, previous))
