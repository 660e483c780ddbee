"""Negative sampling: tell a word that was there from words drawn by chance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.types import Array
from seqjax.vectors.training.candidates import Candidates
from seqjax.vectors.training.context_windows import Chunk, Geometry

TABLE = 1 << 20
"""Entries of the table that negatives are drawn from."""


def unigram_table(counts: np.ndarray, exponent: float = 0.75) -> np.ndarray:
    """int32 [2^20], each word as often as p(w) ∝ count^exponent wants, to 1 / 2^20.

    A word that is too rare for one entry of its own shares entries: those are given out by
    cumulated probability, so that the error of a sum of probabilities is below one entry.

    Args:
      counts: of each word, int [V].

    Raises:
      ValueError: for a negative exponent, or counts without any above 0.

    >>> table = unigram_table(np.array([16, 1]), exponent=0.75)
    >>> round(float((table == 0).mean()), 4)  # 8 / 9
    0.8889
    """
    if not exponent >= 0:
        raise ValueError(f"exponent: got {exponent}, want 0 or more")
    if not np.any(counts > 0):
        raise ValueError("counts: got none above 0, want one or more")
    weights = np.where(counts > 0, np.maximum(counts, 1).astype(np.float64) ** exponent, 0)
    edges = np.cumsum(weights) / weights.sum()
    middles = (np.arange(TABLE) + 0.5) / TABLE
    return np.searchsorted(edges, middles).astype(np.int32)


def draw_negatives(key: Array, table: Array, number: int, geometry: Geometry, shared: int) -> Array:
    """ids [number of chunks, B, N]: ``shared`` = N negatives for each block, stratified.

    Each follows p(w). Those of a chunk come from B N equal strata of the cumulated probability,
    one from each, and those of a block from every B-th, so that both hold frequent and rare words
    in their proportion: few negatives that many pairs share then mislead less than as many that
    are drawn independently.

        q_bn = (n + frac(b / B + r_n)) / N,   r_n uniform in [0, 1) for each chunk

    >>> table = jnp.asarray(unigram_table(np.array([9, 5, 3])))
    >>> geometry = Geometry(window=2, chunk=64, block=32)
    >>> draw_negatives(jax.random.key(0), table, 3, geometry, shared=8).shape
    (3, 2, 8)
    """
    blocks = geometry.chunk // geometry.block
    # Behind barriers: within the loop that reads the table each would have its r computed anew.
    r = lax.optimization_barrier(jax.random.uniform(key, (number, 1, shared)))
    q = (np.arange(shared) + (np.arange(blocks)[:, None] / blocks + r) % 1) / shared
    entries = jnp.minimum((q * TABLE).astype(jnp.int32), TABLE - 1)
    return table[lax.optimization_barrier(entries)]


def negative_candidates(
    chunk: Chunk, mask: Array, negatives: Array, k: int, *, paired: bool
) -> tuple[Candidates, ...]:
    """The block's targets, and its N shared negatives, each of weight K / N for each prediction.

    K negatives were to be drawn for each prediction; N of them are shared by a block and stand for
    all of it. One that happens to be the target is left out, as in word2vec.c.

    Args:
      paired: each x predicts the target at its own place alone, and ``mask`` is [B, T, 1].
    """
    shared = negatives.shape[-1]
    differs = (chunk.targets[:, :, None] != negatives[:, None]).astype(mask.dtype)  # [B, T, N]
    ones, zeros = jnp.ones(mask.shape[2], mask.dtype), jnp.zeros(shared, mask.dtype)
    if paired:
        weights = mask * differs * (k / shared)
        targets = Candidates(chunk.targets, ones, mask, paired)
        return targets, Candidates(negatives, zeros, weights)
    weights = jnp.einsum("bxt,btn->bxn", mask, differs) * (k / shared)
    # One product for both is faster than two.
    ids = jnp.concatenate([chunk.targets, negatives], axis=1)
    labels, weights = jnp.concatenate([ones, zeros]), jnp.concatenate([mask, weights], axis=2)
    return (Candidates(ids, labels, weights),)
