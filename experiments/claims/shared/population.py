"""Small networks trained from several seeds at once, by one program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import lax

from seqjax.basics.types import Array, Params, Tree

CHUNK = 100
"""Steps from one word of progress to the next."""


def trained(
    init: Callable[[Array], Params],
    loss: Callable[[Params, Tree, Array], Array],
    data: Tree,
    *,
    seeds: Sequence[int],
    steps: int,
    batch: int,
    rate: float = 1e-2,
    clip: float = 1.0,
    say: Callable[[str], None] = lambda words: None,
    name: str = "",
) -> Params:
    """Parameters [S, ...] after ``steps`` of Adam from each of S seeds.

    A seed is that of the initial parameters, of the rows that each batch draws (with replacement),
    and of noise.

    Args:
      init: key -> parameters.
      loss: (parameters, batch, key) -> a number to be made small.
      data: arrays [N, ...], rows of which make a batch; the same for all seeds.
      seeds: S of them.
      steps: updates.
      batch: rows.
      rate: of Adam.
      clip: largest global norm of a gradient.
      say: is told how far it is.
      name: of what is trained, for that.
    """
    optimizer = optax.chain(optax.clip_by_global_norm(clip), optax.adam(rate))
    count = len(jax.tree.leaves(data)[0])

    def begin(seed: int) -> tuple[Params, Tree, Array]:
        init_key, key = jax.random.split(jax.random.key(seed))
        params = init(init_key)
        return params, optimizer.init(params), key

    def step(state: tuple[Params, Tree, Array], number: Array) -> tuple[Any, Array]:
        params, moments, key = state
        rows_key, noise_key = jax.random.split(jax.random.fold_in(key, number))
        rows = jax.random.randint(rows_key, (batch,), 0, count)
        drawn = jax.tree.map(lambda array: jnp.asarray(array)[rows], data)
        value, gradients = jax.value_and_grad(loss)(params, drawn, noise_key)
        updates, moments = optimizer.update(gradients, moments, params)
        return (optax.apply_updates(params, updates), moments, key), value

    @jax.jit
    def several(states: Any, numbers: Array) -> tuple[Any, Array]:
        return jax.vmap(lambda state: lax.scan(step, state, numbers))(states)

    # One by one: many small QR factorisations at once, of orthogonal weights, can stand still.
    states = jax.tree.map(lambda *each: jnp.stack(each), *[begin(seed) for seed in seeds])
    for first in range(0, steps, CHUNK):
        states, losses = several(states, jnp.arange(first, min(first + CHUNK, steps)))
        done = min(first + CHUNK, steps)
        say(f"{name}: step {done} of {steps}, loss {float(losses[:, -1].mean()):.3g}")
    return states[0]
