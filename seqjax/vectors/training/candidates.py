"""Candidates: rows of the output table that a prediction is compared with, each labelled 1 or 0.

Negative sampling has the word that was there (1) and words drawn at random (0); hierarchical
softmax the nodes on the way to the word, labelled by the turn that is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.rounded_products import einsum
from seqjax.basics.types import Array
from seqjax.vectors.training.context_windows import Chunk

LIMIT = 6.0
"""Beyond it word2vec's table of the sigmoid ends."""
CLIPS = ("none", "saturate", "skip")


class Candidates(NamedTuple):
    """Rows of the output table that the predictors of a block are compared with."""

    ids: Array
    """[B, C]"""
    labels: Array
    """1 or 0, broadcast to [B, X, Q]"""
    weights: Array
    """[B, X, Q]; 0 where predictor and candidate are not compared"""
    paired: bool = False
    """Each predictor has one candidate of its own, C = X and Q = 1; otherwise all are compared with
    all, Q = C"""


ChooseCandidates = Callable[[Chunk, Array, Array], tuple[Candidates, ...]]
"""(chunk, mask [B, X, T], noise of the chunk) -> what the predictors are compared with"""


def scores(x: Array, u: Array, paired: bool) -> Array:
    """s = x · u, [B, X, Q], of predictors x [B, X, D] and the rows u [B, C, D].

    >>> x, u = jnp.ones((1, 2, 3)), jnp.ones((1, 4, 3))
    >>> scores(x, u, paired=False).shape
    (1, 2, 4)
    """
    if paired:
        return (x * u).sum(axis=2, keepdims=True)
    return einsum("bxd,bcd->bxc", x, u)


def vector_updates(g: Array, x: Array, u: Array, paired: bool) -> tuple[Array, Array]:
    """(Σ g u [B, X, D], Σ g x [B, C, D]), what g [B, X, Q] adds to the predictors and the rows.

    >>> g, x, u = jnp.ones((1, 2, 4)), jnp.ones((1, 2, 3)), jnp.ones((1, 4, 3))
    >>> [update.shape for update in vector_updates(g, x, u, paired=False)]
    [(1, 2, 3), (1, 4, 3)]
    """
    if paired:
        return g * u, g * x
    # Transposed before the product: contracted over its second axis it would be a slow loop.
    transposed = lax.optimization_barrier(g.swapaxes(1, 2))
    return einsum("bxc,bcd->bxd", g, u), einsum("bcx,bxd->bcd", transposed, x)


def score_updates(scores: Array, candidates: Candidates, clip: str = "none") -> Array:
    """g = w (label - σ(s)) [B, X, Q], minus the gradient of the loss with respect to the scores s.

    clip: ``none``; ``saturate``: σ is 0 or 1 beyond ±6, as in word2vec.c; ``skip``: no gradient
    there, as in gensim, so that a prediction that is badly wrong never learns.

    >>> word = Candidates(jnp.zeros((1, 1), int), jnp.ones(1), jnp.ones((1, 1, 1)))
    >>> float(score_updates(jnp.zeros((1, 1, 1)), word)[0, 0, 0])
    0.5
    """
    sigmoid = 0.5 * jnp.tanh(0.5 * scores) + 0.5
    if clip == "saturate":
        sigmoid = jnp.where(jnp.abs(scores) > LIMIT, (scores > 0).astype(scores.dtype), sigmoid)
    updates = candidates.weights * (candidates.labels - sigmoid)
    return jnp.where(jnp.abs(scores) < LIMIT, updates, 0) if clip == "skip" else updates


def losses(scores: Array, candidates: Candidates) -> Array:
    """-w log σ(s) of candidates labelled 1, -w log σ(-s) of those labelled 0, [B, X, Q].

    >>> word = Candidates(jnp.zeros((1, 1), int), jnp.ones(1), jnp.ones((1, 1, 1)))
    >>> round(float(losses(jnp.zeros((1, 1, 1)), word)[0, 0, 0]), 4)  # ln 2
    0.6931
    """
    signed = jnp.where(candidates.labels > 0, -scores, scores)
    return candidates.weights * jax.nn.softplus(signed)
