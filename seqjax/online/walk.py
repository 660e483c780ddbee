"""The walk of all methods: forward over the steps, once, with the influence in the carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.online.flat_step import FlatStep
from seqjax.online.influence import Influence

Lost = Callable[[Array, Tree], tuple[Array, Array]]
"""(y [B, H], targets of the step) -> (the loss of each row [B], its gradient by y)"""


class OnlineState(NamedTuple):
    """What is handed from window to window."""

    carry: Carry
    """of the cell"""
    influence: Tree
    """[B, ...], of the parameters on that carry, in the form of the method"""


class WalkInputs(NamedTuple):
    """Checked sequences, [T, B, ...]."""

    xs: Tree
    """with zeros in the padding, as the targets"""
    targets: Tree
    real: Array | None
    """bool, None without padding"""
    restarts: Array | None
    """bool, None without resets"""


def walk(
    step: FlatStep,
    own: Influence,
    params: Params,
    inputs: WalkInputs,
    begun: OnlineState,
    state: OnlineState,
    lost: Lost,
    key: Array | None,
) -> tuple[Array, Params, OnlineState]:
    """(Σ loss, its gradient, the state after the last step).

    Args:
      begun: where rows restart.
      state: before the first step.
    """
    floats = [x.dtype for x in jax.tree.leaves(inputs.xs) if jnp.issubdtype(x.dtype, jnp.floating)]
    dtype, restart_at = floats[0] if floats else step.dtype, step.ravel(begun.carry)

    def body(now: Any, at: Any) -> tuple[Any, None]:
        s, influence, total, sums = now
        t, (x, target, real, restart) = at
        # Number 0 is the key of the start state.
        noise = None if key is None else jax.random.fold_in(key, t + 1)
        if restart is not None:
            s, influence = masks.choose(restart, (restart_at, begun.influence), (s, influence))
        s, influence = masks.choose(real, own.step(params, influence, s, x, noise), (s, influence))
        y, pull = step.read(s, dtype)
        value, dy = masks.zero(real, lost(y, target))
        sums = jax.tree.map(jnp.add, sums, own.spread(pull(dy), influence))
        return (s, influence, total + value.sum(dtype=total.dtype), sums), None

    first = step.ravel(state.carry)
    sums = jax.tree.map(jnp.zeros_like, own.spread(first, state.influence))
    begin = (first, state.influence, jnp.zeros((), step.dtype), sums)
    steps = len(jax.tree.leaves(inputs.xs)[0])
    (s, influence, total, sums), _ = lax.scan(body, begin, (jnp.arange(steps), inputs))
    gradient = step.gradient(params, own.gather(sums))
    return total, gradient, OnlineState(step.unravel(s), influence)
