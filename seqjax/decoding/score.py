"""The probability of given sequences under a model."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.types import Array, Carry

Step = Callable[[Carry, Array], tuple[Carry, Array]]
"""(carry, token int32 [B]) -> (carry, logits [B, V])"""


def score(
    step: Step, carry: Carry, first: Array, tokens: Array, lengths: Array | None = None
) -> Array:
    """log p(w_t | w_<t) [T, B] in nats, zero past the lengths; its sum over T is log p(w).

    log p(w) = Σ_t log p(w_t | first, w_1, ..., w_{t-1})

    Args:
      step: one step of the model.
      carry: the state before ``first`` is fed.
      first: int32 [B], what is fed before any token, such as BOS; it is not scored itself.
      tokens: int32 [T, B]; what stands past the lengths does not matter.
      lengths: int32 [B]; None scores all T tokens of every row.

    Raises:
      ValueError: for tokens that are not integers [T, B], and lengths or ``first`` unlike them.
    """
    steps, batch = grid("tokens", tokens)
    row("first", first, batch)
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)

    def walk(carry: Carry, pair: tuple[Array, Array]) -> tuple[Carry, Array]:
        fed, wanted = pair
        carry, logits = step(carry, fed)
        return carry, log_probability(logits, wanted)

    fed = jnp.concatenate([first[None].astype(tokens.dtype), tokens[:-1]])
    return masks.zero(real, jax.lax.scan(walk, carry, (fed, tokens))[1])


def log_probability(logits: Array, tokens: Array) -> Array:
    """log softmax(logits [B, V])[b, tokens[b]], float32 [B] or wider."""
    logits = logits.astype(jnp.promote_types(logits.dtype, jnp.float32))
    chosen = jnp.take_along_axis(logits, tokens[:, None], axis=-1)[:, 0]
    return chosen - jax.nn.logsumexp(logits, axis=-1)


def grid(name: str, value: Array) -> tuple[int, int]:
    """(T, B) of integers [T, B]."""
    if jnp.ndim(value) != 2 or not jnp.issubdtype(value.dtype, jnp.integer):
        got = f"{jnp.result_type(value)}{list(jnp.shape(value))}"
        raise ValueError(f"{name}: got {got}, want integers of shape [T, B], time first")
    return value.shape[0], value.shape[1]


def row(name: str, value: Array, batch: int | None = None) -> int:
    """B of integers [B]."""
    shape, dtype = jnp.shape(value), jnp.result_type(value)
    right = len(shape) == 1 and batch in {None, shape[0]}
    if not right or not jnp.issubdtype(dtype, jnp.integer):
        want = "B" if batch is None else batch
        raise ValueError(f"{name}: got {dtype}{list(shape)}, want integers of shape [{want}]")
    return shape[0]
