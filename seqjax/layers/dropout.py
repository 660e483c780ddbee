"""Dropout between layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array, Layer, Params
from seqjax.layers.stateless import stateless


def dropout(rate: float, *, locked: bool = False) -> Layer:
    """y = x ⊙ m / (1 - rate), m ~ Bernoulli(1 - rate); without a key y = x.

    Args:
      rate: the share of zeros.
      locked: one mask for all steps of a row (Gal and Ghahramani 2016) instead of one a step.

    Raises:
      ValueError: for a rate outside [0, 1), or integers as inputs.

    >>> import jax, jax.numpy as jnp
    >>> _, ys = dropout(0.5).apply({}, jnp.ones((4, 1, 100)), key=jax.random.key(0))
    >>> sorted({float(y) for y in ys.ravel()})
    [0.0, 2.0]
    """
    rate = checks.fraction("rate", rate)
    checks.flag("locked", locked)

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        checks.positive("d", d)
        return {}

    def function(params: Params, xs: Array, key: Array | None) -> Array:
        if key is None or rate == 0:
            return xs
        checks.floating("xs", xs)
        shape = (1, *xs.shape[1:]) if locked else xs.shape
        keep = jax.random.bernoulli(key, 1 - rate, shape)
        return jnp.where(keep, xs / (1 - rate), 0).astype(xs.dtype)

    return stateless(init, lambda d: d, function)
