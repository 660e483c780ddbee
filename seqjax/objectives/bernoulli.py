"""Losses of several independent yes-or-no outputs, such as the keys of a piano."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics.products import wide
from seqjax.basics.types import Array


def bernoulli(logits: Array, targets: Array) -> Array:
    """-Σ_k x_k log σ(logit_k) + (1 - x_k) log σ(-logit_k), in nats, 0 or more.

    logits [..., K], targets [..., K] of 0 and 1 or bool -> nats [...], in float32 or wider: the
    negative log-likelihood of a frame, as in Boulanger-Lewandowski et al. 2012. A target outside
    [0, 1] gives NaN.

    Raises:
      ValueError: if the shapes differ.

    >>> bernoulli(jnp.zeros((1, 3)), jnp.array([[1, 0, 1]]))  # 3 ln 2
    Array([2.0794415], dtype=float32)
    """
    same("targets", targets, logits)
    return binary_nats(logits, targets).sum(-1)


def binary_nats(
    logits: Array, q: Array, absent: Array | float = 1.0, present: Array | float = 1.0
) -> Array:
    """-present q log σ(logit) - absent (1 - q) log σ(-logit), elementwise, in float32 or wider.

    A term whose factor is 0 is 0, also where its logarithm is infinite. A q outside [0, 1] gives
    NaN, since the sum could be below 0, and no gradient.

    >>> binary_nats(jnp.array([jnp.inf, -jnp.inf, 0.0]), jnp.array([1, 1, 2]))
    Array([ 0., inf, nan], dtype=float32)
    """
    logits = logits.astype(wide(logits.dtype))
    is_share = (q >= 0) & (q <= 1)
    q = jnp.where(is_share, q, 0).astype(logits.dtype)
    yes, no = present * q, absent * (1 - q)
    nats = jnp.where(yes == 0, 0, yes * jax.nn.softplus(-logits))
    nats = nats + jnp.where(no == 0, 0, no * jax.nn.softplus(logits))
    return jnp.where(is_share, nats, jnp.nan)


def frame_accuracy(logits: Array, targets: Array) -> tuple[Array, Array]:
    """(values, weights) whose mean is TP / (TP + FP + FN), over all frames together (Bay 2009).

    A key is predicted where its probability is above a half. logits, targets [..., K] -> float32
    [..., K] each: the weight is 1 where a key is predicted or sounds, the value where both.

    Raises:
      ValueError: if the shapes differ.

    >>> values, weights = frame_accuracy(jnp.array([3.0, -1.0, 2.0]), jnp.array([1, 0, 0]))
    >>> float(values.sum() / weights.sum())
    0.5
    """
    same("targets", targets, logits)
    predicted, sounds = logits > 0, targets > 0
    return (predicted & sounds).astype(jnp.float32), (predicted | sounds).astype(jnp.float32)


def same(name: str, value: Array, like: Array) -> None:
    """Checks that two arrays have one shape.

    Raises:
      ValueError: if they have not; it names ``value`` by ``name``.
    """
    if jnp.shape(value) != like.shape:
        raise ValueError(f"{name}: got shape {list(jnp.shape(value))}, want {list(like.shape)}")
