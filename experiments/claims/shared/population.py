"""Small networks trained from several seeds at once, by one program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax

from experiments.claims.shared.updates import Loss, State, adam, begun, update
from seqjax.basics.types import Array, Params, Tree

CHUNK = 100
"""Steps from one word of progress to the next."""


def trained(
    init: Callable[[Array], Params],
    loss: Loss,
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
    optimizer = adam(rate, clip)
    one = update(loss, data, optimizer, batch)

    @jax.jit
    @jax.vmap
    def several(state: State, keys: Array) -> tuple[State, Array]:
        return lax.scan(one, state, keys)

    states, keys = begun(init, optimizer, seeds)
    fold = jax.vmap(jax.vmap(jax.random.fold_in, (None, 0)), (0, None))
    for first in range(0, steps, CHUNK):
        done = min(first + CHUNK, steps)
        states, losses = several(states, fold(keys, jnp.arange(first, done)))
        say(f"{name}: step {done} of {steps}, loss {float(losses[:, -1].mean()):.3g}")
    return states[0]
