"""One token a row, drawn from filtered logits."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics import checks
from seqjax.basics.products import wide
from seqjax.basics.types import Array
from seqjax.decoding import filters
from seqjax.decoding.row_options import TEMPERATURE, row_option
from seqjax.decoding.step import below_top

NO_TOKEN = 2**31 - 1
"""Stands where no token could be chosen. It is no id: an embedding gives NaN for it, as -1, which
some models read as the beginning, would not."""


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
    smallest id; a logit of +inf is certain. What a row gets depends on its logits, its number and
    the key, not on other rows. ``temperature`` and ``top_p`` are numbers, or arrays [B] with one
    for each row, and may be traced: another value compiles nothing.

    A row that has NaN, or nothing left (all that is not forbidden is -inf), has no token: that is
    an error, or ``NO_TOKEN`` where logits are not known until the program runs. So is a traced
    temperature or top_p out of its range.

    Raises:
      ValueError: for a temperature below 0 or not finite, top_k below 1, top_p outside (0, 1],
        either of another shape, forbidden ids outside [0, V) or all of them, or a row without a
        token. A traced value cannot be checked.

    >>> logits = jnp.array([[0.0, 2.0, 1.0], [5.0, 0.0, 0.0]])
    >>> jax.jit(choose)(logits, temperature=0, key=jax.random.key(0))
    Array([1, 0], dtype=int32)
    """
    checks.key(key)
    logits = jnp.asarray(logits)
    if logits.ndim != 2:
        raise ValueError(f"logits: got shape {list(logits.shape)}, want [B, V]")
    logits = filters.forbid(logits.astype(wide(logits.dtype)), forbid)
    temperature = row_option("temperature", temperature, logits, TEMPERATURE)
    # Smaller ones are 0 to hardware that knows no subnormal numbers.
    greedy = temperature < jnp.finfo(logits.dtype).tiny
    top = logits.max(-1, keepdims=True)
    # With 0 as the largest logit even a temperature near 0 overflows to nothing but -inf.
    scaled = below_top(logits, top) / jnp.where(greedy, 1, temperature)
    scaled = scaled if top_k is None else filters.top_k(scaled, top_k)
    scaled = scaled if top_p is None else filters.top_p(scaled, top_p)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, jnp.arange(len(logits)))
    drawn = jax.vmap(jax.random.categorical)(keys, scaled)
    tokens = jnp.where(jnp.squeeze(greedy, -1) if greedy.ndim else greedy, logits.argmax(-1), drawn)
    # Not by their largest: a compiled maximum may pass over NaN. Comparisons with NaN are false.
    possible = (logits > -jnp.inf).any(-1, keepdims=True) & ~jnp.isnan(logits).any(
        -1, keepdims=True
    )
    possible = possible & (scaled > -jnp.inf).any(-1, keepdims=True)
    possible = (possible & TEMPERATURE.valid(temperature))[:, 0]
    _check(possible)
    return jnp.where(possible, tokens, NO_TOKEN).astype(jnp.int32)


def _check(possible: Array) -> None:
    """Raises where it is known that a row has no token."""
    if isinstance(possible, jax.core.Tracer):
        return
    impossible = np.flatnonzero(~np.asarray(possible))
    if impossible.size:
        raise ValueError(
            f"logits: got NaN, or -inf for all that is not forbidden, in row {impossible[0]}; want"
            " one token or more that may be chosen"
        )
