"""Cross entropy of targets under logits, one number an element."""

from __future__ import annotations

import math

import jax.numpy as jnp
import optax

from seqjax.basics import checks, indexing
from seqjax.basics.products import wide
from seqjax.basics.types import Array


def known(nats: Array, targets: Array, vocabulary: int) -> Array:
    """``nats`` where the target is an id in [0, V), NaN elsewhere: never a number for a wrong id.

    No exception, because padding may hold any id: ``masked`` drops such an element if its weight is
    0. No gradient passes a NaN made here. nats and targets are of one shape [...].

    >>> known(jnp.array([0.5, 0.5]), jnp.array([2, 3]), 3)
    Array([0.5, nan], dtype=float32)
    """
    return jnp.where(indexing.inside(targets, vocabulary), nats, jnp.nan)


def cross_entropy(logits: Array, targets: Array, *, smoothing: float = 0.0) -> Array:
    """-Σ_k q_k log softmax(logits)_k, q = (1 - smoothing) one_hot(target) + smoothing / V, in nats.

    logits [..., V], targets integers [...] -> nats [...], in float32 (float64 for such logits). A
    target outside [0, V) gives NaN. Smoothing: Szegedy et al. 2016.

    Raises:
      ValueError: for targets that are no integers or of another shape than logits without their
        last axis, or smoothing outside [0, 1).

    >>> cross_entropy(jnp.zeros((2, 4)), jnp.array([1, 3]))  # ln 4 each
    Array([1.3862944, 1.3862944], dtype=float32)
    """
    shape, dtype = jnp.shape(targets), jnp.result_type(targets)
    if shape != logits.shape[:-1] or not jnp.issubdtype(dtype, jnp.integer):
        raise ValueError(
            f"targets: got {dtype}{list(shape)}, want integers of shape {list(logits.shape[:-1])},"
            f" as logits are {list(logits.shape)}"
        )
    smoothing = checks.fraction("smoothing", smoothing)
    logits, size = logits.astype(wide(logits.dtype)), logits.shape[-1]
    # Ids out of range would count from the end, or stop at it.
    nats = optax.softmax_cross_entropy_with_integer_labels(logits, jnp.clip(targets, 0, size - 1))
    if smoothing:
        uniform = jnp.full(size, 1 / size, logits.dtype)
        nats = (1 - smoothing) * nats + smoothing * optax.softmax_cross_entropy(logits, uniform)
    return known(nats, targets, size)


def perplexity(nats: float) -> float:
    """exp(nats), of nats a token; infinity where that is beyond floats.

    >>> round(perplexity(math.log(50)), 6)
    50.0
    """
    try:
        return math.exp(nats)
    except OverflowError:
        return math.inf


def bits(nats: float) -> float:
    """nats / ln 2: bits a character, if they were nats a character.

    >>> bits(math.log(8))
    3.0
    """
    return nats / math.log(2)
