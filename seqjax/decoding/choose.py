"""One token a row, drawn from filtered logits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.decoding import filters


def choose(
    logits: Array,
    *,
    temperature: float | Array = 1.0,
    top_k: int | None = None,
    top_p: float | Array | None = None,
    forbid: Sequence[int] = (),
    key: Array,
) -> Array:
    """int32 [B], token ~ softmax(filtered(logits [B, V]) / temperature), row by row.

    In this order: forbidden ids are dropped, logits are divided by the temperature, the filters
    ``top_k`` and ``top_p`` apply. A temperature of 0 takes the largest logit, of equal ones the
    smallest id. What a row gets depends on its logits, its number and the key, not on other rows.
    ``temperature`` and ``top_p`` may be traced: another value compiles nothing.

    Raises:
      ValueError: for a temperature below 0 or not finite, top_k below 1, top_p outside (0, 1],
        forbidden ids outside [0, V) or all of them. A traced value cannot be checked.

    >>> logits = jnp.array([[0.0, 2.0, 1.0], [5.0, 0.0, 0.0]])
    >>> choose(logits, temperature=0, key=jax.random.key(0))
    Array([1, 0], dtype=int32)
    """
    checks.key(key)
    if not isinstance(temperature, jax.core.Tracer) and not 0 <= temperature < math.inf:
        raise ValueError(f"temperature: got {temperature}, want a finite number of 0 or more")
    logits = filters.forbid(logits.astype(jnp.promote_types(logits.dtype, jnp.float32)), forbid)
    best = logits.argmax(-1)
    # With 0 as the largest logit even a temperature near 0 overflows to nothing but -inf.
    logits = logits - logits.max(-1, keepdims=True)
    logits = logits / jnp.where(temperature == 0, 1, temperature)
    logits = logits if top_k is None else filters.top_k(logits, top_k)
    logits = logits if top_p is None else filters.top_p(logits, top_p)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, jnp.arange(len(logits)))
    drawn = jax.vmap(jax.random.categorical)(keys, logits)
    return jnp.where(temperature == 0, best, drawn).astype(jnp.int32)
