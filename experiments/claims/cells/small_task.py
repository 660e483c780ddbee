"""What a small task is, on which recurrent networks of equal size are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax

from experiments.claims.claim import Text
from experiments.claims.shared.numbers import mean, standard_error
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Layer, Params, Tree


class SmallTask(NamedTuple):
    """What is learned, by which network around the recurrent layers, and how it is judged."""

    name: str
    about: Text
    quality: Text
    """what the number is"""
    lower: bool
    """whether less of it is better"""
    inputs: int
    """width of the network's inputs"""
    network: Callable[[Sequence[Cell], str], Layer]
    """(cells, driver) -> the layers of these cells with what is before and behind them"""
    rows: Tree
    """to train on, arrays [N, ...]"""
    loss: Callable[[Layer, Params, Tree], Array]
    """(network, parameters, rows) -> a number"""
    evaluate: Callable[[Layer, Params], Array]
    """(network, parameters) -> the quality on rows that are not trained on"""

    def better(self, first: float, second: float) -> float:
        """By how much the first quality is better than the second; below 0 where it is worse."""
        return second - first if self.lower else first - second


def functions(
    task: SmallTask, network: Layer
) -> tuple[
    Callable[[Array], Params],
    Callable[[Params, Tree, Array], Array],
    Callable[[Params], Array],
]:
    """(init, loss, evaluate) of a network as ``learning_curve`` takes them."""
    return (
        lambda key: network.init(key, task.inputs),
        lambda params, rows, key: task.loss(network, params, rows),
        lambda params: task.evaluate(network, params),
    )


def parameters(network: Layer, inputs: int) -> int:
    """How many numbers a network has.

    >>> from seqjax.layers import dense
    >>> parameters(dense(5), 3)
    20
    """
    shapes = jax.eval_shape(lambda key: network.init(key, inputs), jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(shapes))


def width_of(count: Callable[[int], int], budget: int) -> int:
    """The width, 1 or more, whose ``count`` of parameters is nearest to ``budget``; count rises.

    >>> width_of(lambda width: width**2, 120), width_of(lambda width: width**2, 111)
    (11, 11)
    """
    high = 1
    while count(high) < budget:
        high *= 2
    low = max(1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= budget else (low, middle)
    return min((low, high), key=lambda width: abs(count(width) - budget))


def equal_width(
    task: SmallTask, factory: Callable[[int], Cell], layers: int, budget: int
) -> tuple[int, int]:
    """(width, parameters) of the network of ``layers`` such cells that is nearest to ``budget``."""

    def count(width: int) -> int:
        return parameters(task.network([factory(width)] * layers, "sequential"), task.inputs)

    width = width_of(count, budget)
    return width, count(width)


def clearly_better(task: SmallTask, first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether the first mean is better by more than twice the standard error of the difference."""
    gain = task.better(mean(first), mean(second))
    return gain > 2 * math.hypot(standard_error(first), standard_error(second))
