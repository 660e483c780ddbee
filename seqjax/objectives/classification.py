"""Losses of classification, one number an element, under one label or several."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from seqjax.basics import checks
from seqjax.basics.products import wide
from seqjax.basics.types import Array
from seqjax.objectives.bernoulli import binary_nats
from seqjax.objectives.cross_entropy import known


def softmax_loss(
    logits: Array, targets: Array, *, weights: ArrayLike | None = None, smoothing: float = 0.0
) -> Array:
    """-Σ_k w_k q_k log softmax(logits)_k,  q = (1 - s) target + s / C, in nats.

    logits [..., C] -> nats [...], 0 or more, in float32 or wider. The mean is left to the caller:
    over examples, not over the sum of their weights as in torch. What is not wanted at all (q = 0)
    may be impossible: its logit may be -inf.

    Args:
      targets: integers [...] (one outside [0, C) gives NaN), or one-hot or other probabilities
        [..., C], floating point; one below 0 gives NaN.
      weights: of the classes, [C], 0 or more; None is 1 each.
      smoothing: s, in [0, 1) (Szegedy et al. 2016).

    Raises:
      ValueError: for shapes that do not fit, weights below 0, or smoothing outside [0, 1).

    >>> softmax_loss(jnp.zeros((2, 4)), jnp.array([0, 3]))  # ln 4 each
    Array([1.3862944, 1.3862944], dtype=float32)
    """
    smoothing, classes = checks.fraction("smoothing", smoothing), logits.shape[-1]
    logits = logits.astype(wide(logits.dtype))
    are_ids = _are_ids("targets", targets, logits.shape)
    q = jax.nn.one_hot(targets, classes, dtype=logits.dtype) if are_ids else targets
    q = (1 - smoothing) * q + smoothing / classes
    if weights is not None:
        q = q * _class_weights(weights, (classes,))
    are_shares = (q >= 0).all(-1)
    q = jnp.where(are_shares[..., None], q, 0)
    nats = -jnp.where(q == 0, 0, q * jax.nn.log_softmax(logits)).sum(-1)
    nats = jnp.where(are_shares, nats, jnp.nan)
    return known(nats, targets, classes) if are_ids else nats


def sigmoid_loss(
    logits: Array, targets: Array, *, weights: ArrayLike | None = None, smoothing: float = 0.0
) -> Array:
    """-w_1 q log σ(logit) - w_0 (1 - q) log σ(-logit),  q = (1 - s) target + s / 2, in nats.

    Of each label on its own: logits [..., C], targets [..., C] in [0, 1] -> nats [..., C], 0 or
    more, in float32 or wider. A target outside [0, 1] gives NaN.

    Args:
      weights: [2, C] of absent (w_0) and of present (w_1) labels, 0 or more; None is 1 each.
      smoothing: s, in [0, 1).

    Raises:
      ValueError: for shapes that do not fit, weights below 0, or smoothing outside [0, 1).

    >>> sigmoid_loss(jnp.zeros((1, 2)), jnp.array([[0, 1]]))  # ln 2 each
    Array([[0.6931472, 0.6931472]], dtype=float32)
    """
    if jnp.shape(targets) != logits.shape:
        raise ValueError(f"targets: got {jnp.shape(targets)}, want {logits.shape}, as the logits")
    smoothing = checks.fraction("smoothing", smoothing)
    targets = jnp.asarray(targets, wide(logits.dtype))
    # A target outside [0, 1] is not smoothed into it.
    is_share = (targets >= 0) & (targets <= 1)
    q = jnp.where(is_share, (1 - smoothing) * targets + smoothing / 2, jnp.nan)
    if weights is None:
        return binary_nats(logits, q)
    absent, present = _class_weights(weights, (2, logits.shape[-1]))
    return binary_nats(logits, q, absent, present)


def balanced(counts: Sequence[int]) -> list[float]:
    """Class weights N / (C n_k) for n_k examples of each class: the mean over all examples is 1.

    Raises:
      ValueError: for a class without examples.

    >>> balanced([30, 10])
    [0.6666666666666666, 2.0]
    """
    if min(counts) < 1:
        raise ValueError(f"counts: got {list(counts)}, want an example or more of each class")
    total = float(sum(counts))
    return [total / (len(counts) * float(count)) for count in counts]


def _are_ids(name: str, targets: Array, shape: tuple[int, ...]) -> bool:
    """Whether targets are ids of classes, else probabilities; raises where they are neither."""
    got, dtype = jnp.shape(targets), jnp.result_type(targets)
    integers = jnp.issubdtype(dtype, jnp.integer)
    want = shape[:-1] if integers else shape
    if got != want:
        raise ValueError(
            f"{name}: got {dtype}{list(got)}, want integers of shape {list(shape[:-1])} or"
            f" probabilities of shape {list(shape)}"
        )
    return integers


def _class_weights(weights: ArrayLike, shape: tuple[int, ...]) -> Array:
    array = jnp.asarray(weights)
    if array.shape != shape:
        raise ValueError(f"weights: got shape {array.shape}, want {shape}")
    if not isinstance(array, jax.core.Tracer) and not (known := np.asarray(array) >= 0).all():
        raise ValueError(f"weights: got {np.asarray(array)[~known][0]}, want numbers of 0 or more")
    return array
