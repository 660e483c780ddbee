"""Negative sampling: tell a word that was there from words drawn by chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array
from seqjax.vectors.chunks import Chunk, Geometry

TABLE = 1 << 20
"""Entries of the table that negatives are drawn from."""
LIMIT = 6.0
"""Beyond it word2vec's table of the sigmoid ends."""
CLIPS = ("none", "saturate", "skip")


class Columns(NamedTuple):
    """Rows of the output table that all predictors of a block are compared with."""

    ids: Array
    """[B, C]"""
    signs: Array
    """1 where the answer is yes and 0 where it is no, broadcast to [B, X, C]"""
    weights: Array
    """[B, X, C]; 0 where there is no question"""


def table(counts: np.ndarray, exponent: float = 0.75) -> np.ndarray:
    """int32 [2^20], each word as often as p(w) ∝ count^exponent wants, to 1 / 2^20.

    A word that is too rare for one entry of its own shares entries: those are given out by
    cumulated probability, so that the error of a sum of probabilities is below one entry.

    Raises:
      ValueError: for a negative exponent, or counts without any above 0.
    """
    if not exponent >= 0:
        raise ValueError(f"exponent: got {exponent}, want 0 or more")
    if not np.any(counts > 0):
        raise ValueError("counts: got none above 0, want one or more")
    weights = np.where(counts > 0, np.maximum(counts, 1).astype(np.float64) ** exponent, 0)
    edges = np.cumsum(weights) / weights.sum()
    middles = (np.arange(TABLE) + 0.5) / TABLE
    return np.searchsorted(edges, middles).astype(np.int32)


def draws(key: Array, words: Array, number: int, geometry: Geometry, shared: int) -> Array:
    """ids [number of chunks, B, N]: ``shared`` = N negatives for each block."""
    shape = (number, geometry.chunk // geometry.block, shared)
    return words[jax.random.bits(key, shape, jnp.uint32) >> (32 - 20)]


def columns(chunk: Chunk, mask: Array, negatives: Array, k: int) -> Columns:
    """The block's targets, and its N shared negatives, each of weight K / N for each prediction.

    K negatives were to be drawn for each prediction; N of them are shared by a block and stand for
    all of it. One that happens to be the target is left out, as in word2vec.c.
    """
    shared = negatives.shape[-1]
    others = (chunk.targets[:, :, None] != negatives[:, None]).astype(mask.dtype)  # [B, T, N]
    weights = jnp.einsum("bxt,btn->bxn", mask, others) * (k / shared)
    block = chunk.targets.shape[1]
    signs = (jnp.arange(block + shared) < block).astype(mask.dtype)
    ids = jnp.concatenate([chunk.targets, negatives], axis=1)
    return Columns(ids, signs, jnp.concatenate([mask, weights], axis=2))


def pulls(scores: Array, asked: Columns, clip: str = "none") -> Array:
    """g = w (sign - σ(s)), minus the gradient of the loss with respect to the scores.

    clip: ``none``; ``saturate``: σ is 0 or 1 beyond ±6, as in word2vec.c; ``skip``: no gradient
    there, as in gensim, so that a prediction that is badly wrong never learns.
    """
    sigmoid = 0.5 * jnp.tanh(0.5 * scores) + 0.5
    if clip == "saturate":
        sigmoid = jnp.where(jnp.abs(scores) > LIMIT, (scores > 0).astype(scores.dtype), sigmoid)
    pulled = asked.weights * (asked.signs - sigmoid)
    return jnp.where(jnp.abs(scores) < LIMIT, pulled, 0) if clip == "skip" else pulled


def losses(scores: Array, asked: Columns) -> Array:
    """-w log σ(s) where the answer is yes, -w log σ(-s) where it is no, [B, X, C]."""
    return asked.weights * jax.nn.softplus(jnp.where(asked.signs > 0, -scores, scores))


Ask = Callable[[Chunk, Array, Array], Columns]
"""(chunk, mask [B, X, T], noise of the chunk) -> what the predictors are asked"""
