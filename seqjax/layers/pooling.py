"""One vector of a whole sequence: hs [T, B, H] -> [B, H]. A row of length 0 gives zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn import initializers

from seqjax.basics import checks, masks
from seqjax.basics.products import matmul, wide
from seqjax.basics.types import Array, Params


class Pooling(NamedTuple):
    """How a sequence becomes one vector of its width."""

    init: Callable[[Array, int], Params]
    """(key, H) -> parameters"""
    apply: Callable[[Params, Array, Array], Array]
    """(params, hs [T, B, H], lengths int [B]) -> [B, H]"""


def pooling(name: str, *, both_ways: bool = False) -> Pooling:
    """The pooling of that name.

        last       h_L, with L the length of the row
        mean       Σ_t h_t / L
        max        max_t h_t, for each column on its own
        attention  Σ_t a_t h_t,  a = softmax_t(v . tanh(h_t w + b))   (Yang et al. 2016)

    Args:
      both_ways: hs are those of a bidirectional layer that puts its halves side by side. ``last``
        then takes the second half of the columns at the first step, where the layer that walks
        from the end has seen the whole row. The others do not need to know.

    Raises:
      ValueError: for an unknown name; from ``apply``, for lengths that are not int [B] or lie
        outside [0, T].
    """
    chosen = checks.lookup("pooling", POOLINGS, name)(both_ways)

    def apply(params: Params, hs: Array, lengths: Array) -> Array:
        known = checks.lengths(lengths, *hs.shape[:2])
        assert known is not None
        return chosen.apply(params, hs, known)

    return Pooling(chosen.init, apply)


def _no_parameters(key: Array, width: int) -> Params:
    return {}


def _last(both_ways: bool) -> Pooling:
    def apply(params: Params, hs: Array, lengths: Array) -> Array:
        end = jnp.maximum(lengths - 1, 0)[None, :, None]
        last = jnp.take_along_axis(hs, end, axis=0)[0]
        if both_ways:
            half = hs.shape[-1] // 2
            last = jnp.concatenate([last[:, :half], hs[0, :, half:]], -1)
        return masks.zero(lengths > 0, last)

    return Pooling(_no_parameters, apply)


def _mean(both_ways: bool) -> Pooling:
    def apply(params: Params, hs: Array, lengths: Array) -> Array:
        total = _real(hs, lengths).sum(0, dtype=wide(hs.dtype))
        mean: Array = total / jnp.maximum(lengths, 1)[:, None]
        return mean.astype(hs.dtype)

    return Pooling(_no_parameters, apply)


def _max(both_ways: bool) -> Pooling:
    def apply(params: Params, hs: Array, lengths: Array) -> Array:
        real = masks.valid(lengths, hs.shape[0])
        lowest = jnp.full_like(hs, -jnp.inf)
        return masks.zero(lengths > 0, masks.choose(real, hs, lowest).max(0))

    return Pooling(_no_parameters, apply)


def _attention(both_ways: bool) -> Pooling:
    def init(key: Array, width: int) -> Params:
        checks.key(key)
        first, second = jax.random.split(key)
        make = initializers.glorot_uniform()
        return {
            "w": make(first, (width, width), jnp.float32),
            "b": jnp.zeros(width),
            "v": make(second, (width, 1), jnp.float32),
        }

    def apply(params: Params, hs: Array, lengths: Array) -> Array:
        hs = _real(hs, lengths)
        scores = matmul(jnp.tanh(matmul(hs, params["w"]) + params["b"]), params["v"])
        real = masks.valid(lengths, hs.shape[0])
        # Finite, so that a row without steps has no NaN, nor has its gradient.
        lowest = jnp.full_like(scores, jnp.finfo(scores.dtype).min)
        scores = masks.choose(real, scores, lowest)
        return (jax.nn.softmax(scores, axis=0) * hs).sum(0).astype(hs.dtype)

    return Pooling(init, apply)


def _real(hs: Array, lengths: Array) -> Array:
    """Zeros in the padding, whatever stands there."""
    return masks.zero(masks.valid(lengths, hs.shape[0]), hs)


POOLINGS = {"last": _last, "mean": _mean, "max": _max, "attention": _attention}
