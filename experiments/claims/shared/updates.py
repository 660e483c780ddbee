"""Updates of small networks, and where several seeds of them begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import optax

from seqjax.basics.types import Array, Params, Tree

Loss = Callable[[Params, Tree, Array], Array]
"""(parameters, batch, key) -> a number to be made small"""
State = tuple[Params, Tree]
"""parameters and moments"""


def adam(rate: optax.ScalarOrSchedule, clip: float = 1.0) -> optax.GradientTransformation:
    """Adam with gradients clipped by their global norm."""
    return optax.chain(optax.clip_by_global_norm(clip), optax.adam(rate))


def update(
    loss: Loss, data: Tree, optimizer: optax.GradientTransformation, batch: int
) -> Callable[[State, Array], tuple[State, Array]]:
    """(state, key) -> (state, loss): an update with ``batch`` rows that the key draws.

    Args:
      data: arrays [N, ...], rows of which make a batch, drawn with replacement.
    """
    count = len(jax.tree.leaves(data)[0])

    def one(state: State, key: Array) -> tuple[State, Array]:
        params, moments = state
        rows_key, noise_key = jax.random.split(key)
        rows = jax.random.randint(rows_key, (batch,), 0, count)
        drawn = jax.tree.map(lambda array: jnp.asarray(array)[rows], data)
        value, gradients = jax.value_and_grad(loss)(params, drawn, noise_key)
        updates, moments = optimizer.update(gradients, moments, params)
        return (optax.apply_updates(params, updates), moments), value

    return one


def begun(
    init: Callable[[Array], Params],
    optimizer: optax.GradientTransformation,
    seeds: Sequence[int],
) -> tuple[State, Array]:
    """(states [S, ...], keys [S] of their rows and noise) of S seeds."""
    both = [jax.random.split(jax.random.key(seed)) for seed in seeds]
    # One by one: a program that begins all of them would take longer to compile than to train, and
    # many small QR factorisations at once, of orthogonal weights, can stand still.
    params = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[init(key) for key, _ in both])
    return (params, jax.vmap(optimizer.init)(params)), jnp.stack([key for _, key in both])
