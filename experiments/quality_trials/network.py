"""The network around a cell, and the width at which it has so many parameters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import jax

from experiments.claims.cells.small_task import parameters, width_of
from experiments.quality_trials.task import Task
from seqjax.basics.types import Layer
from seqjax.cells import CELLS
from seqjax.layers import dense, embedding, recurrent, stack
from seqjax.layers.stateless import stateless

LAYERS = 2
FEATURES = (16, 15, 17, 14, 18, 13, 19, 12, 20)
"""Widths of what enters the first cell, by preference: a second screw beside the hidden width."""
EVEN = {"lru": 2, "diagonal_ssm": 2}
"""Complex cells, whose widths are even."""
NEAR = 0.005
"""A share of the budget that is near enough not to try the next width of what enters."""


class Size(NamedTuple):
    """How wide a network is."""

    hidden: int
    features: int
    parameters: int


def network(task: Task, cell: str, hidden: int, features: int) -> Layer:
    """Inputs -> features, then twice a cell and a layer with gelu, then outputs.

    A cell that is linear in time is nothing but a filter by itself; with a nonlinear layer on it,
    as its authors have it, none is worse off than another. Every cell gets the same one.
    """
    first = embedding(task.vocabulary, features) if task.vocabulary else dense(features)
    walks = [recurrent(CELLS[cell](hidden)), _nonlinear(hidden)] * LAYERS
    return stack([first, *walks, dense(task.outputs)])


def _nonlinear(features: int) -> Layer:
    """gelu(x w + b)."""
    linear = dense(features)
    return stateless(
        linear.init, linear.width, lambda params, xs, _: jax.nn.gelu(linear.apply(params, xs)[1])
    )


def inputs_of(task: Task) -> int:
    """The width that the network's ``init`` is told."""
    return task.vocabulary or int(task.train.inputs.shape[-1])


def equal_size(task: Task, cell: str, budget: int) -> Size:
    """The size nearest to ``budget`` parameters.

    Raises:
      ValueError: where none is within 2 % of it.

    >>> from experiments.quality_trials.tracking_tasks import parity_task
    >>> size = equal_size(parity_task(), "min_gru", 3000)
    >>> abs(size.parameters - 3000) < 60
    True
    """
    count, sizes = counting(task, cell), []
    for features in FEATURES:
        sizes.append(_nearest(count, EVEN.get(cell, 1), features, budget))
        if abs(sizes[-1].parameters - budget) <= NEAR * budget:
            break
    best = min(sizes, key=lambda size: abs(size.parameters - budget))
    if abs(best.parameters - budget) > 0.02 * budget:
        raise ValueError(
            f"parameters: got {budget}, of which {cell} has no network within 2 % on {task.name};"
            f" the nearest has {best.parameters}"
        )
    return best


def _nearest(count: Callable[[int, int], int], unit: int, features: int, budget: int) -> Size:
    """Of the widths that are multiples of ``unit``."""
    hidden = unit * width_of(lambda units: count(unit * units, features), budget)
    return Size(hidden, features, count(hidden, features))


def counting(task: Task, cell: str) -> Callable[[int, int], int]:
    """(hidden, features) -> the number of parameters.

    It is a polynomial, of degree 2 in the hidden width and 1 in the other, so that six networks
    tell all of it.
    """
    widths, features = (2, 4, 6), (1, 2)
    counts = [
        [parameters(network(task, cell, h, f), inputs_of(task)) for h in widths] for f in features
    ]

    def count(hidden: int, features: int) -> int:
        at = Fraction(hidden - 2, 2)
        first, second = (
            a + at * (b - a) + at * (at - 1) / 2 * (c - 2 * b + a) for a, b, c in counts
        )
        return int(first + (features - 1) * (second - first))

    return count
