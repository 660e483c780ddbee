"""One cell on one task: a rate is chosen with one seed, then others are trained with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from experiments.claims.shared.updates import State, adam, update
from experiments.quality_trials.network import equal_size, inputs_of, network
from experiments.quality_trials.task import Rows, Task
from seqjax.basics.types import Array, Layer, Params

RATES = (0.002, 0.006, 0.02)
"""Of Adam at the first update; each falls to 0 by half a cosine."""
TUNING_SEED = 1000
LAZY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""For a program that runs once or twice: it need not be fast, but be compiled soon."""
EVALUATED = 128
"""Rows at once."""


class Trial(NamedTuple):
    """What one cell did on one task."""

    task: str
    cell: str
    hidden: int
    features: int
    parameters: int
    updates: int
    rate: float
    """the one that was chosen"""
    tuning: dict[str, float]
    """rate -> loss of the validation part after half of the updates, of a seed of its own"""
    seeds: list[int]
    figures: dict[str, list[float]]
    """test -> a figure a seed"""
    losses: list[list[float]]
    """by seed: the mean loss of each part of the training"""
    seconds: float


class Training:
    """A compiled part of the training of several members, each with a seed and a rate."""

    def __init__(self, task: Task, layer: Layer, parts: int = 10) -> None:
        self.task, self.layer, self.parts = task, layer, parts
        self.every = max(1, task.updates // parts)

        def loss(params: Params, rows: Rows, key: Array) -> Array:
            inputs = jnp.swapaxes(jnp.asarray(rows.inputs), 0, 1)
            return task.loss(layer.apply(params, inputs)[1], rows)

        def member(
            state: State, key: Array, rate: Array, total: Array, rows: Rows
        ) -> tuple[State, Array]:
            falling = adam(lambda count: rate * 0.5 * (1 + jnp.cos(jnp.pi * count / total)))
            keys = jax.random.split(key, self.every)
            state, losses = lax.scan(update(loss, rows, falling, task.batch), state, keys)
            return state, jnp.mean(losses)

        def first(key: Array) -> tuple[State, Array]:
            weights, order = jax.random.split(key)
            params = layer.init(weights, inputs_of(task))
            return (params, adam(lambda count: jnp.float32(0)).init(params)), order

        self._begin = jax.jit(lambda keys: lax.map(first, keys), compiler_options=LAZY)
        self._part = jax.jit(jax.vmap(member, (0, 0, 0, None, None)), donate_argnums=0)
        self._evaluate = jax.jit(
            jax.vmap(lambda params, inputs: layer.apply(params, inputs)[1], (0, None))
        )
        self._rows = jax.tree.map(jnp.asarray, task.train)

    def __call__(
        self, seeds: Sequence[int], rates: Sequence[float], parts: int
    ) -> tuple[Params, np.ndarray]:
        """(parameters [M, ...], mean losses [M, parts]) after so many parts, the rate then 0."""
        states, keys = self._begin(jnp.stack([jax.random.key(seed) for seed in seeds]))
        total, losses = jnp.float32(parts * self.every), []
        for part in range(parts):
            now = jax.vmap(lambda key, p=part: jax.random.fold_in(key, p))(keys)
            states, loss = self._part(states, now, jnp.float32(rates), total, self._rows)
            losses.append(np.asarray(loss, np.float64))
        return states[0], np.stack(losses, 1)

    def figures(
        self, params: Params, rows: Rows, measure: Callable[[Array, Rows], Array]
    ) -> list[float]:
        """Of each member; NaN where an output is."""
        inputs = np.asarray(rows.inputs)
        outputs = [
            np.asarray(self._evaluate(params, jnp.asarray(_filled(part).swapaxes(0, 1))))
            for part in np.split(inputs, range(EVALUATED, len(inputs), EVALUATED))
        ]
        ys = np.concatenate(outputs, 2)[:, :, : len(inputs)]
        found = [float(measure(jnp.asarray(each), rows)) for each in ys]
        return [
            figure if np.isfinite(each).all() else float("nan")
            for figure, each in zip(found, ys, strict=True)
        ]


def _filled(part: np.ndarray) -> np.ndarray:
    """So many rows as are evaluated at once: one program for all parts."""
    missing = EVALUATED - len(part)
    return np.concatenate([part, np.repeat(part[:1], missing, 0)]) if missing else part


def least(losses: Sequence[float]) -> int:
    """Which loss is the least; one that is NaN is not.

    >>> least([float("nan"), 0.7, 0.5])
    2
    """
    return int(np.argmin(np.nan_to_num(losses, nan=np.inf)))


def run_trial(
    task: Task,
    cell: str,
    budget: int,
    seeds: Sequence[int],
    say: Callable[[str], None] = lambda words: None,
) -> Trial:
    """Chooses a rate and trains with it.

    Args:
      budget: parameters of the network.
      seeds: of the rows, weights and order of the training.
      say: is told how far it is.
    """
    start = time.perf_counter()
    size = equal_size(task, cell, budget)
    layer = network(task, cell, size.hidden, size.features)
    training = Training(task, layer)
    params, _ = training([TUNING_SEED] * len(RATES), RATES, training.parts // 2)
    tuned = training.figures(params, task.valid, task.loss)
    rate = RATES[least(tuned)]
    tuning = {str(rate): loss for rate, loss in zip(RATES, tuned, strict=True)}
    say(f"validation loss by rate {tuning}")
    params, losses = training(seeds, [rate] * len(seeds), training.parts)
    figures = {
        name: training.figures(params, rows, task.measure) for name, rows in task.tests.items()
    }
    return Trial(
        task.name, cell, *size, training.every * training.parts, rate,
        tuning, list(seeds), figures,
        losses.tolist(), round(time.perf_counter() - start, 1),
    )  # fmt: skip
