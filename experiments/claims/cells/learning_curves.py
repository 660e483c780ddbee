"""Small networks trained from several seeds at once, and looked at on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from seqjax.basics.types import Array, Params, Tree

Loss = Callable[[Params, Tree, Array], Array]
"""(parameters, batch, key) -> a number to be made small"""


def update(
    loss: Loss, data: Tree, optimizer: optax.GradientTransformation, batch: int
) -> Callable[[tuple[Params, Tree], Array], tuple[tuple[Params, Tree], Array]]:
    """(state, key) -> (state, loss): an update with ``batch`` rows that the key draws."""
    count = len(jax.tree.leaves(data)[0])

    def one(state: tuple[Params, Tree], key: Array) -> tuple[tuple[Params, Tree], Array]:
        params, moments = state
        rows_key, noise_key = jax.random.split(key)
        rows = jax.random.randint(rows_key, (batch,), 0, count)
        drawn = jax.tree.map(lambda array: jnp.asarray(array)[rows], data)
        value, gradients = jax.value_and_grad(loss)(params, drawn, noise_key)
        updates, moments = optimizer.update(gradients, moments, params)
        return (optax.apply_updates(params, updates), moments), value

    return one


def adam(rate: optax.ScalarOrSchedule, clip: float = 1.0) -> optax.GradientTransformation:
    """Adam with gradients clipped by their global norm."""
    return optax.chain(optax.clip_by_global_norm(clip), optax.adam(rate))


def learning_curve(
    init: Callable[[Array], Params],
    loss: Loss,
    evaluate: Callable[[Params], Array],
    data: Tree,
    *,
    seeds: Sequence[int],
    points: int,
    every: int,
    batch: int,
    optimizer: optax.GradientTransformation,
    say: Callable[[str], None] = lambda words: None,
    name: str = "",
) -> tuple[Params, np.ndarray]:
    """(parameters [S, ...], values [S, points]): ``evaluate`` after each ``every`` updates.

    A seed is that of the initial parameters, of the rows that batches draw, and of noise.

    Args:
      init: key -> parameters.
      evaluate: parameters -> a number.
      data: arrays [N, ...] whose rows make batches; the same for all seeds.
      points: how often to look.
    """
    one = update(loss, data, optimizer, batch)

    @jax.jit
    @jax.vmap
    def part(state: tuple[Params, Tree], keys: Array) -> tuple[tuple[Params, Tree], Array]:
        state, _ = lax.scan(one, state, keys)
        return state, evaluate(state[0])

    both = [jax.random.split(jax.random.key(seed)) for seed in seeds]
    # One by one: a program that begins all of them would take longer to compile than to train.
    begun = [init(init_key) for init_key, _ in both]
    params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *begun)
    states, keys = (params, jax.vmap(optimizer.init)(params)), jnp.stack([key for _, key in both])
    values = []
    for point in range(points):
        drawn = jax.vmap(lambda key, p=point: jax.random.split(jax.random.fold_in(key, p), every))(
            keys
        )
        states, value = part(states, drawn)
        values.append(np.asarray(value, np.float64))
        say(f"{name}: update {(point + 1) * every} of {points * every}, {value.mean():.3g}")
    return states[0], np.stack(values, 1)


def update_seconds(
    init: Callable[[Array], Params],
    loss: Loss,
    data: Tree,
    *,
    batch: int,
    optimizer: optax.GradientTransformation,
    updates: int = 10,
    repeats: int = 5,
) -> float:
    """Seconds that an update of one network takes: the fastest of some runs, compiled before."""
    run = updating(init, loss, data, batch=batch, optimizer=optimizer, updates=updates)
    return fastest(run, repeats) / updates


def updating(
    init: Callable[[Array], Params],
    loss: Loss,
    data: Tree,
    *,
    batch: int,
    optimizer: optax.GradientTransformation,
    updates: int,
) -> Callable[[], Tree]:
    """What does so many updates of one network when it is called, always the same ones."""
    one = update(loss, data, optimizer, batch)
    several = jax.jit(lambda state, keys: lax.scan(one, state, keys))
    params = init(jax.random.key(0))
    state = (params, optimizer.init(params))
    keys = jax.random.split(jax.random.key(1), updates)
    return lambda: several(state, keys)


def fastest(function: Callable[[], Tree], repeats: int = 5) -> float:
    """Seconds of the fastest of ``repeats`` calls after a first one; others only wait longer.

    >>> fastest(lambda: jnp.zeros(3), repeats=2) > 0
    True
    """
    jax.block_until_ready(function())
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function())
        found.append(time.perf_counter() - start)
    return min(found)


def at(values: Sequence[float], every: int, updates: float) -> float:
    """The value of a learning curve at a number of updates, between points on a straight line.

    >>> at([3.0, 1.0], every=100, updates=150)
    2.0
    """
    return float(np.interp(updates, every * (1 + np.arange(len(values))), values))
