"""Losses of several independent yes-or-no outputs, such as the keys of a piano."""

from __future__ import annotations

import jax.numpy as jnp
import optax

from seqjax.basics.products import wide
from seqjax.basics.types import Array


def bernoulli(logits: Array, targets: Array) -> Array:
    """-Σ_k x_k log σ(logit_k) + (1 - x_k) log σ(-logit_k), in nats.

    logits [..., K], targets [..., K] of 0 and 1 or bool -> nats [...], in float32 or wider: the
    negative log-likelihood of a frame, as in Boulanger-Lewandowski et al. 2012.

    Raises:
      ValueError: if the shapes differ.

    >>> bernoulli(jnp.zeros((1, 3)), jnp.array([[1, 0, 1]]))  # 3 ln 2
    Array([2.0794415], dtype=float32)
    """
    same("targets", targets, logits)
    logits = logits.astype(wide(logits.dtype))
    nats: Array = optax.sigmoid_binary_cross_entropy(logits, targets).sum(-1)
    return nats


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
