"""What predictors are asked: is it this row of the output table, yes or no?"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array
from seqjax.vectors.training.context_windows import Chunk

LIMIT = 6.0
"""Beyond it word2vec's table of the sigmoid ends."""
CLIPS = ("none", "saturate", "skip")


class Questions(NamedTuple):
    """Rows of the output table that the predictors of a block are asked about."""

    ids: Array
    """[B, C]"""
    signs: Array
    """1 where the answer is yes and 0 where it is no, broadcast to [B, X, Q]"""
    weights: Array
    """[B, X, Q]; 0 where there is no question"""
    own: bool = False
    """All predictors are asked about all rows, Q = C; or each about its own, C = X and Q = 1"""


Ask = Callable[[Chunk, Array, Array], tuple[Questions, ...]]
"""(chunk, mask [B, X, T], noise of the chunk) -> what the predictors are asked"""


def scores(x: Array, u: Array, own: bool) -> Array:
    """s = x · u, [B, X, Q], of predictors x [B, X, D] and the rows u [B, C, D]."""
    if own:
        return (x * u).sum(axis=2, keepdims=True)
    return jnp.einsum("bxd,bcd->bxc", x, u)


def spread(g: Array, x: Array, u: Array, own: bool) -> tuple[Array, Array]:
    """(Σ g u [B, X, D], Σ g x [B, C, D]), what g [B, X, Q] adds to the predictors and the rows."""
    if own:
        return g * u, g * x
    # Turned before the product: contracted over its second axis it would be a slow loop.
    turned = lax.optimization_barrier(g.swapaxes(1, 2))
    return jnp.einsum("bxc,bcd->bxd", g, u), jnp.einsum("bcx,bxd->bcd", turned, x)


def pulls(scores: Array, asked: Questions, clip: str = "none") -> Array:
    """g = w (sign - σ(s)), minus the gradient of the loss with respect to the scores.

    clip: ``none``; ``saturate``: σ is 0 or 1 beyond ±6, as in word2vec.c; ``skip``: no gradient
    there, as in gensim, so that a prediction that is badly wrong never learns.
    """
    sigmoid = 0.5 * jnp.tanh(0.5 * scores) + 0.5
    if clip == "saturate":
        sigmoid = jnp.where(jnp.abs(scores) > LIMIT, (scores > 0).astype(scores.dtype), sigmoid)
    pulled = asked.weights * (asked.signs - sigmoid)
    return jnp.where(jnp.abs(scores) < LIMIT, pulled, 0) if clip == "skip" else pulled


def losses(scores: Array, asked: Questions) -> Array:
    """-w log σ(s) where the answer is yes, -w log σ(-s) where it is no, [B, X, Q]."""
    return asked.weights * jax.nn.softplus(jnp.where(asked.signs > 0, -scores, scores))
