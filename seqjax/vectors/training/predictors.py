"""What predicts the words of a text: each context word alone, or their mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import lax

from seqjax.basics.rounded_products import einsum
from seqjax.basics.types import Array
from seqjax.vectors.training.context_windows import Chunk


class Predictor(NamedTuple):
    """From vectors of context words to what predicts, and back."""

    predict: Callable[[Array, Chunk], tuple[Array, Array]]
    """(vectors a [B, W, D] of the contexts, chunk) -> (x [B, X, D], mask [B, X, T]: how much it
    counts that x predicts t; with ``paired`` [B, T, 1])"""
    backward: Callable[[Array, Chunk], Array]
    """(dx [B, X, D], chunk) -> da [B, W, D], what is added to each context word's vector"""
    paired: bool
    """There is one x for each target, X = T, and it predicts that one alone."""


def skip_gram() -> Predictor:
    """x = a: each word predicts every word that it is a context of (Mikolov et al. 2013)."""

    def predict(a: Array, chunk: Chunk) -> tuple[Array, Array]:
        targets, contexts = chunk.update_scale
        return a, chunk.band * targets[:, None] * contexts[..., None]

    return Predictor(predict, lambda dx, chunk: dx, paired=False)


def cbow(*, exact: bool = True) -> Predictor:
    """x_t = 1/C Σ_w a_w over the C context words of t (Mikolov et al. 2013).

    Args:
      exact: da_w = dx_t / C, the gradient. Otherwise da_w = dx_t, as word2vec.c and gensim have it:
        C times as long, which a larger rate makes up for only in part (Irsoy et al. 2021).
    """

    def share(chunk: Chunk, dtype: jnp.dtype) -> Array:
        """1 / C, [B, T]."""
        return 1 / jnp.maximum(chunk.context_counts, 1).astype(dtype)

    def predict(a: Array, chunk: Chunk) -> tuple[Array, Array]:
        weights = jnp.where(chunk.band_transposed, share(chunk, a.dtype)[..., None], 0)
        x = einsum("btw,bwd->btd", lax.optimization_barrier(weights), a)
        return x, ((chunk.context_counts > 0) * chunk.update_scale[0])[..., None]

    def backward(dx: Array, chunk: Chunk) -> Array:
        length = share(chunk, dx.dtype)[:, None] if exact else 1
        weights = jnp.where(chunk.band, chunk.update_scale[1][..., None] * length, 0)
        return einsum("bwt,btd->bwd", lax.optimization_barrier(weights), dx)

    return Predictor(predict, backward, paired=True)
