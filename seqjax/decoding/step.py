"""What a search sees of a model: its step, and the probabilities of tokens in it."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array, Carry

Step = Callable[[Carry, Array], tuple[Carry, Array]]
"""(carry, token int32 [B]) -> (carry, logits [B, V])"""


def log_probability(logits: Array, tokens: Array) -> Array:
    """log softmax(logits [B, V])[b, tokens[b]], float32 [B] or wider.

    >>> log_probability(jnp.zeros((1, 4)), jnp.array([2]))  # -ln 4
    Array([-1.3862944], dtype=float32)
    """
    logits = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    chosen = jnp.take_along_axis(logits, tokens[:, None], axis=-1)[:, 0]
    return chosen - jax.nn.logsumexp(logits, axis=-1)


def grid(name: str, value: Array) -> tuple[int, int]:
    """(T, B) of integers [T, B].

    Raises:
      ValueError: for another number of axes, or numbers that are no integers.

    >>> grid("tokens", jnp.zeros((5, 2), int))
    (5, 2)
    """
    if jnp.ndim(value) != 2 or not jnp.issubdtype(value.dtype, jnp.integer):
        got = f"{jnp.result_type(value)}{list(jnp.shape(value))}"
        raise ValueError(f"{name}: got {got}, want integers of shape [T, B], time first")
    return value.shape[0], value.shape[1]


def row(name: str, value: Array, batch: int | None = None) -> int:
    """B of integers [B].

    Raises:
      ValueError: for another shape than [B], of ``batch`` where that is given, or numbers that are
        no integers.
    """
    shape, dtype = jnp.shape(value), jnp.result_type(value)
    fits = len(shape) == 1 and batch in {None, shape[0]}
    if not fits or not jnp.issubdtype(dtype, jnp.integer):
        want = "B" if batch is None else batch
        raise ValueError(f"{name}: got {dtype}{list(shape)}, want integers of shape [{want}]")
    return shape[0]
