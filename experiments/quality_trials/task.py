"""What a task is: rows, a loss, a figure, and when it counts as solved, said before any run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array
from seqjax.objectives import bits, cross_entropy


class Rows(NamedTuple):
    """Sequences and their targets, a row each."""

    inputs: np.ndarray | Array
    """ids int [N, T], or numbers float [N, T, D]"""
    targets: np.ndarray | Array
    """[N, T]: classes, or numbers"""
    scored: np.ndarray | Array
    """float [N, T]: 1 where the target counts, else 0"""
    legal: np.ndarray | Array | None = None
    """bool [N, T, C]: the classes that may come, for ``rows_legal``"""


class Task(NamedTuple):
    """What is learned, from which rows, and how it is judged."""

    name: str
    about: str
    figure: str
    """what the number is"""
    lower: bool
    """whether less of it is better"""
    solved: float | None
    """the figure that counts as solved, that or better; None: there is no such line"""
    chance: float | None
    """the figure of who knows the task and not the inputs; None where it is not simple"""
    outputs: int
    train: Rows
    valid: Rows
    """whose loss decides on the rate"""
    tests: dict[str, Rows]
    """the first decides whether the task is solved"""
    loss: Callable[[Array, Rows], Array]
    """(outputs [T, B, C], rows) -> a number to be made small"""
    measure: Callable[[Array, Rows], Array]
    """(outputs, rows) -> the figure"""
    updates: int
    batch: int = 16
    vocabulary: int = 0
    """of inputs that are ids; 0: they are numbers"""

    def is_better(self, first: float, second: float) -> bool:
        """Whether the first figure is better than the second."""
        return first < second if self.lower else first > second

    def is_solved(self, figure: float) -> bool:
        """Whether that counts as solved; False where nothing does, and for NaN."""
        line = self.solved
        return line is not None and (figure == line or self.is_better(figure, line))


def at_the_end(inputs: np.ndarray, targets: np.ndarray, lengths: np.ndarray | None = None) -> Rows:
    """Rows of one target each, [N], asked for at the last step."""
    count, steps = inputs.shape[:2]
    last = np.full(count, steps) if lengths is None else lengths
    scored = np.arange(steps) == last[:, None] - 1
    return Rows(inputs, np.where(scored, targets[:, None], 0), scored.astype(np.float32))


def everywhere(inputs: np.ndarray, targets: np.ndarray) -> Rows:
    """Rows with a target at every step."""
    return Rows(inputs, targets, np.ones(targets.shape, np.float32))


def _mean(values: Array, rows: Rows) -> Array:
    """Over what is scored; values [T, B]."""
    weights = jnp.asarray(rows.scored).T
    return jnp.sum(values * weights) / jnp.sum(weights)


def nats(ys: Array, rows: Rows) -> Array:
    """Mean cross entropy of the targets that are scored."""
    return _mean(cross_entropy(ys, jnp.asarray(rows.targets).T), rows)


def bits_each(ys: Array, rows: Rows) -> Array:
    """The same in bits."""
    return bits(1.0) * nats(ys, rows)


def accuracy(ys: Array, rows: Rows) -> Array:
    """The share of the targets that are scored whose output is the largest."""
    return _mean(jnp.argmax(ys, -1) == jnp.asarray(rows.targets).T, rows)


def squared(ys: Array, rows: Rows) -> Array:
    """Mean squared error of the one output."""
    return _mean((ys[..., 0] - jnp.asarray(rows.targets).T) ** 2, rows)


def rows_legal(ys: Array, rows: Rows) -> Array:
    """The share of rows in which the largest output of each step is a class that may come."""
    legal = jnp.swapaxes(jnp.asarray(rows.legal), 0, 1)
    chosen = jnp.take_along_axis(legal, jnp.argmax(ys, -1)[..., None], -1)[..., 0]
    return jnp.mean(jnp.all(chosen | (jnp.asarray(rows.scored).T == 0), axis=0))
