"""Training with and without clipped gradients, on rows some of which make them explode.

A row has T values, uniform in [-1, 1], and its target is their sum over √T. In a loud row, one of
LOUD, values are VOLUME times as large. The network is a ReLU recurrence that begins as the
identity (Le et al. 2015), which has no slope below 1 that would damp anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from seqjax.basics.types import Array, Params
from seqjax.cells import rnn
from seqjax.layers import dense, recurrent, stack
from seqjax.objectives.regression import regression_loss

STEPS, HIDDEN, BATCH, UPDATES, EVERY = 40, 24, 16, 400, 20
LOUD, VOLUME, HELD_OUT = 10, 20.0, 256
RATE, NORM = 0.02, 1.0
GUESS = 1 / 3
"""The mean squared error of always guessing 0 on quiet rows: variance of a uniform value."""

NETWORK = stack([recurrent(rnn(HIDDEN, activation="relu"), "sequential"), dense(1)])


def initial(key: Array) -> Params:
    """The identity as recurrent weights, small input weights."""
    params = NETWORK.init(key, 1)
    params["0"] = {**params["0"], "w_h": jnp.eye(HIDDEN), "w_x": 0.1 * params["0"]["w_x"]}
    return params


def rows(key: Array, count: int, loud: float = 1 / LOUD) -> tuple[Array, Array]:
    """(xs [T, count, 1], targets [count]), a share ``loud`` of rows being loud."""
    values_key, loud_key = jax.random.split(key)
    values = jax.random.uniform(values_key, (STEPS, count, 1), minval=-1.0)
    xs = values * jnp.where(jax.random.uniform(loud_key, (count, 1)) < loud, VOLUME, 1.0)
    return xs, xs[..., 0].sum(0) / STEPS**0.5


def loss(params: Params, xs: Array, targets: Array) -> Array:
    """Mean squared error of the output at the last step."""
    _, ys = NETWORK.apply(params, xs)
    return jnp.mean(regression_loss("mse")(ys[-1, :, 0], targets))


class Way(NamedTuple):
    """What is done to a gradient, and the learning rate, which falls to 0 on a straight line."""

    value: float
    """largest size of an entry"""
    norm: float
    """largest norm of all entries together"""
    rate: float


def ways() -> dict[str, Way]:
    """By name. Clipped all over by value, a gradient has norm NORM, as by norm."""
    params = initial(jax.random.key(0))
    entry = NORM / sum(leaf.size for leaf in jax.tree.leaves(params)) ** 0.5
    return {
        "none": Way(math.inf, math.inf, RATE),
        "none, a hundredth of the rate": Way(math.inf, math.inf, RATE / 100),
        "value": Way(entry, math.inf, RATE),
        "norm": Way(math.inf, NORM, RATE),
    }


def cosine(first: Params, second: Params) -> Array:
    """Of the angle between two gradients."""
    a, b = (jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(t)]) for t in (first, second))
    # By their largest entry first: squares of exploded gradients are beyond floats.
    a, b = a / jnp.abs(a).max(), b / jnp.abs(b).max()
    return a @ b / (jnp.linalg.norm(a) * jnp.linalg.norm(b))


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """By way: held-out loss of quiet rows [seeds][points] (None where it is no number), more."""
    say(f"{UPDATES} updates with and without clipping")
    limits = jax.tree.map(lambda *each: jnp.asarray(each), *ways().values())
    by_seed = jax.vmap(_train, in_axes=(None, 0))
    made = jax.jit(jax.vmap(by_seed, in_axes=(0, None)))(limits, jnp.asarray(seeds))
    every = [np.asarray(leaf, np.float64) for leaf in made]
    found = {}
    for name, losses, norms, cosines in zip(ways(), *every, strict=True):
        found[name] = {
            "updates": list(range(0, UPDATES + 1, EVERY)),
            "loss": [[_number(value) for value in curve] for curve in losses],
            "diverged": [not np.isfinite(curve[-1]) for curve in losses],
            "largest_norm": [_number(each[np.isfinite(each)].max()) for each in norms],
            "cosine": [_number(np.nanmean(each)) for each in cosines],
        }
    return found


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _train(way: Way, seed: Array) -> tuple[Array, Array, Array]:
    """(losses [points], norms of gradients [updates], cosines [updates])."""
    clip = optax.chain(optax.clip(way.value), optax.clip_by_global_norm(way.norm))
    init_key, key, test_key = jax.random.split(jax.random.key(seed), 3)
    held_out = rows(test_key, HELD_OUT, loud=0.0)

    def update(params: Params, at: tuple[Array, Array]) -> tuple[Params, tuple[Array, Array]]:
        row_key, rate = at
        gradients = jax.grad(loss)(params, *rows(row_key, BATCH))
        clipped, _ = clip.update(gradients, clip.init(params))
        params = jax.tree.map(lambda p, g: p - rate * g, params, clipped)
        return params, (optax.global_norm(gradients), cosine(gradients, clipped))

    def part(params: Params, at: tuple[Array, Array]) -> tuple[Params, Any]:
        before = loss(params, *held_out)
        params, figures = lax.scan(update, params, at)
        return params, (before, *figures)

    keys = jax.random.split(key, (UPDATES // EVERY, EVERY))
    rates = way.rate * (1 - jnp.arange(UPDATES) / UPDATES)
    params, (losses, norms, cosines) = lax.scan(
        part, initial(init_key), (keys, rates.reshape(keys.shape))
    )
    return jnp.append(losses, loss(params, *held_out)), norms.ravel(), cosines.ravel()
