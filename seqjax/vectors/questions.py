"""What predictors are asked: is it this row of the output table, yes or no?"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array
from seqjax.vectors.chunks import Chunk
from seqjax.vectors.tables import rows

LIMIT = 6.0
"""Beyond it word2vec's table of the sigmoid ends."""
CLIPS = ("none", "saturate", "skip")


class Columns(NamedTuple):
    """Rows of the output table that the predictors of a block are compared with."""

    ids: Array
    """[B, C]"""
    signs: Array
    """1 where the answer is yes and 0 where it is no, broadcast to [B, X, Q]"""
    weights: Array
    """[B, X, Q]; 0 where there is no question"""
    own: bool = False
    """Each predictor is asked about all rows, Q = C; or, of the first X rows, about its own alone,
    Q = 1 + C - X"""


Ask = Callable[[Chunk, Array, Array], Columns]
"""(chunk, mask [B, X, T], noise of the chunk) -> what the predictors are asked"""


def read(table: Array, asked: Columns) -> tuple[Array, ...]:
    """The rows asked about, u [B, C, D]; with ``own`` each predictor's own, then the others."""
    if not asked.own:
        return (rows(table, asked.ids),)
    each = asked.weights.shape[1]
    parts = lax.optimization_barrier((asked.ids[:, :each], asked.ids[:, each:]))
    return tuple(rows(table, part) for part in parts)


def scores(x: Array, u: tuple[Array, ...]) -> Array:
    """s = x · u, [B, X, Q], of predictors x [B, X, D] and the rows that were read."""
    each = jnp.einsum("bxd,bcd->bxc", x, u[-1])
    if len(u) == 1:
        return each
    return jnp.concatenate([(x * u[0]).sum(axis=2, keepdims=True), each], axis=2)


def spread(g: Array, x: Array, u: tuple[Array, ...]) -> tuple[Array, Array]:
    """(Σ g u [B, X, D], Σ g x [B, C, D]), what g [B, X, Q] adds to the predictors and the rows."""
    own, g = (None, g) if len(u) == 1 else (g[:, :, :1], lax.optimization_barrier(g[:, :, 1:]))
    # Turned before the product: contracted over its second axis it would be a slow loop.
    turned = lax.optimization_barrier(g.swapaxes(1, 2))
    dx, du = jnp.einsum("bxc,bcd->bxd", g, u[-1]), jnp.einsum("bcx,bxd->bcd", turned, x)
    if own is None:
        return dx, du
    return own * u[0] + dx, jnp.concatenate([own * x, du], axis=1)


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
    """-w log σ(s) where the answer is yes, -w log σ(-s) where it is no, [B, X, Q]."""
    return asked.weights * jax.nn.softplus(jnp.where(asked.signs > 0, -scores, scores))
