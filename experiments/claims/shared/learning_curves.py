"""Small networks trained from several seeds at once, and looked at on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import numpy as np
import optax
from jax import lax

from experiments.claims.shared.timing import fastest
from experiments.claims.shared.updates import Loss, State, begun, update
from seqjax.basics.types import Array, Params, Tree


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
    def part(state: State, keys: Array) -> tuple[State, Array]:
        state, _ = lax.scan(one, state, keys)
        return state, evaluate(state[0])

    states, keys = begun(init, optimizer, seeds)
    values = []
    for point in range(points):
        drawn = jax.vmap(lambda key, p=point: jax.random.split(jax.random.fold_in(key, p), every))(
            keys
        )
        states, value = part(states, drawn)
        values.append(np.asarray(value, np.float64))
        say(f"{name}: update {(point + 1) * every} of {points * every}, {value.mean():.3g}")
    return states[0], np.stack(values, 1)


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
    """Seconds that an update of one network takes, in the fastest of some runs."""
    run = updating(init, loss, data, batch=batch, optimizer=optimizer, updates=updates)
    return fastest(run, repeats) / updates


def at(values: Sequence[float], every: int, updates: float) -> float:
    """The value of a learning curve at a number of updates, between points on a straight line.

    >>> at([3.0, 1.0], every=100, updates=150)
    2.0
    """
    return float(np.interp(updates, every * (1 + np.arange(len(values))), values))
