"""Which rows are likely to be too unstable for any parallel order of sums."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks, varying
from seqjax.basics.flat_state import flat_state
from seqjax.basics.types import Array
from seqjax.drivers.newton.system import Args, Fixed, System, next_state

PREFIX = 64
"""Steps that are walked one by one to see how differences grow."""


def exponents(system: System, args: Args, fixed: Fixed, steps: int) -> Array:
    """The largest Lyapunov exponent of each row [B] in its first ``PREFIX`` steps, nats a step.

    From one tangent, over the second half of these steps, when it has turned into place. Steps that
    lose it altogether count 0; so do rows that end before, and walks that are no longer than that.
    """
    flat = flat_state(system.cell, args.params)
    state = flat.ravel(args.carry)
    if steps <= PREFIX:
        return varying.over(varying.axes(state), jnp.zeros(len(state), state.dtype))
    tangent = jax.random.normal(jax.random.key(0), state.shape, state.dtype)
    tangent = varying.over(varying.axes(state), tangent)

    def body(now: tuple[Array, Array], t: Array) -> tuple[tuple[Array, Array], Array]:
        state, tangent = now
        state, pushed = jax.jvp(
            lambda s: next_state(system, args, fixed, s, t), (state,), (tangent,)
        )
        size = jnp.sqrt((pushed**2).sum(-1))
        # Where a row restarts every difference is gone; what follows is seen from another one.
        lives = size > 0
        pushed = jnp.where(lives[:, None], pushed / jnp.where(lives, size, 1)[:, None], tangent)
        return (state, pushed), jnp.log(jnp.where(lives, size, 1))

    tangent = tangent / jnp.sqrt((tangent**2).sum(-1, keepdims=True))
    growth = lax.scan(body, (state, tangent), jnp.arange(PREFIX))[1][PREFIX // 2 :]
    return growth.mean(0)


def longest(fixed: Fixed, steps: int, batch: int) -> Array:
    """The most steps in a row of real ones without a restart, int [B]."""
    t = jnp.arange(1, steps + 1)[:, None]
    real = jnp.ones((steps, batch), bool) if fixed.real is None else fixed.real
    if fixed.restarts is None:
        return real.sum(0)
    begun = lax.cummax(jnp.where(fixed.restarts, t - 1, 0), axis=0)
    return jnp.max(masks.zero(real, t - begun), 0, initial=0)


def stable(system: System, args: Args, fixed: Fixed, steps: int) -> tuple[Array, Array]:
    """(bool [B]: rows to be solved in parallel, their exponents [B]).

    A difference in the last digit at the beginning of a row of T steps is exp(λ T) times as large
    at its end. Where that is more than all digits of the dtype, sums in another order end in other
    numbers, and an iteration would have to find the steps one by one.
    """
    found = exponents(system, args, fixed, steps)
    digits = -jnp.log(jnp.finfo(found.dtype).eps)
    # NaN, of rows that are not finite, is not stable.
    return found * longest(fixed, steps, len(found)) <= digits, found
