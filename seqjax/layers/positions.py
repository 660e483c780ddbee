"""Learned vectors of positions, for sequences whose places mean something."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.indexing import rows
from seqjax.basics.types import Array, Carry, Layer, Params


def positions(length: int, *, scale: float = 0.1) -> Layer:
    """y_t = x_t + w[t], w [length, D], t counted from the row's start or its last reset.

    As in Gehring et al. 2017; a recurrent layer can count by itself, but learns it from many
    examples. Parameters: {"w"}, which begins as N(0, scale²). Carry: t, int32 [B].

    Raises:
      ValueError: for a length below 1, or a sequence from its start that is longer. Steps beyond
        ``length`` or before 0 that are not known until the program runs give NaN.
    """
    checks.positive("length", length)

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        return {"w": scale * jax.random.normal(key, (length, d))}

    def start(params: Params, batch_shape: tuple[int, ...]) -> Carry:
        return jnp.zeros(batch_shape, jnp.int32)

    def apply(
        params: Params,
        xs: Array,
        lengths: Array | None = None,
        carry: Carry | None = None,
        *,
        resets: Array | None = None,
        key: Array | None = None,
    ) -> tuple[Carry, Array]:
        steps, batch = xs.shape[:2]
        if carry is None and resets is None and steps > length:
            raise ValueError(f"xs: got {steps} steps, want at most {length}, one for each position")
        before = jnp.zeros(batch, jnp.int32) if carry is None else carry
        ends_at = checks.lengths(lengths, steps, batch)
        real = masks.valid(ends_at, steps)
        begin = masks.restarts(resets, real, reverse=False)
        numbers = jnp.arange(steps, dtype=jnp.int32)[:, None]
        # When the row began, before the first step by as many as the carry says.
        began = -jnp.broadcast_to(before, (steps, batch))
        if begin is not None:
            began = jax.lax.cummax(jnp.where(begin, numbers, began), axis=0)
        at = numbers - began
        added = jnp.where(real, at, 0) if real is not None else at
        ends = jnp.concatenate([before[None], at + 1])
        # Lengths that a program cannot check are none below 0 and none beyond the steps.
        end = ends[-1] if ends_at is None else ends[jnp.clip(ends_at, 0, steps), jnp.arange(batch)]
        w = params["w"].astype(xs.dtype)
        return end, masks.zero(real, masks.zero(real, xs) + rows(w, added))

    def step(params: Params, carry: Carry, x: Array) -> tuple[Carry, Array]:
        return carry + 1, x + rows(params["w"].astype(x.dtype), carry)

    return Layer(init, lambda d: d, start, apply, step)
