"""What a search sees of a model: its step, and the probabilities of tokens in it."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp

from seqjax.basics.indexing import entries
from seqjax.basics.products import wide
from seqjax.basics.types import Array, Carry

Step = Callable[[Carry, Array], tuple[Carry, Array]]
"""(carry, token int32 [B]) -> (carry, logits [B, V])"""


def below_top(logits: Array, top: Array) -> Array:
    """logits - top, 0 at the top itself even where that is infinite; NaN if it is NaN."""
    return jnp.where(logits == top, 0, logits - top)


def log_softmax(logits: Array) -> Array:
    """log softmax(logits [..., V]), in float32 or wider.

    A logit of +inf is certain, several share alike. Where all are -inf nothing is possible, and all
    are -inf again. A row with NaN is NaN.

    >>> log_softmax(jnp.array([[0.0, jnp.inf], [-jnp.inf, -jnp.inf]]))
    Array([[-inf,   0.],
           [-inf, -inf]], dtype=float32)
    """
    logits = logits.astype(wide(logits.dtype))
    top = logits.max(-1, keepdims=True)
    shifted = below_top(logits, top)
    logs = shifted - jnp.log(jnp.exp(shifted).sum(-1, keepdims=True))
    # Of all, not by the largest: a compiled maximum may pass over NaN.
    return jnp.where((logits == -jnp.inf).all(-1, keepdims=True), -jnp.inf, logs)


def log_probability(logits: Array, tokens: Array) -> Array:
    """log_softmax(logits [B, V])[b, tokens[b]], float32 [B] or wider; NaN outside [0, V).

    >>> log_probability(jnp.zeros((1, 4)), jnp.array([2]))  # -ln 4
    Array([-1.3862944], dtype=float32)
    """
    logits = logits.astype(wide(logits.dtype))
    top = logits.max(-1)
    total = jnp.exp(below_top(logits, top[:, None])).sum(-1)
    chosen = entries(logits, tokens)
    logs = below_top(chosen, top) - jnp.log(total)
    impossible = (logits == -jnp.inf).all(-1) & (chosen == -jnp.inf)
    return jnp.where(impossible, -jnp.inf, logs)


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
