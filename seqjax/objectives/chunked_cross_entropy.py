"""Cross entropy over a large vocabulary without all of its logits in memory at once.

    z = h w^T + b,    nats = log Σ_v exp(z_v) - z_target,    h [..., E], w [V, E], b [V]

All logits of a window are [T, B, V]: 93 MB at T=35, B=20 and V=33,278, and as much again for their
gradient. Here tokens are taken in blocks of at most ``LIMIT`` logits.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import indexing
from seqjax.basics.products import matmul
from seqjax.basics.rounded_products import product
from seqjax.basics.types import Array, Params
from seqjax.objectives.cross_entropy import known

LIMIT = 8 << 20
"""Logits that are held at a time: 32 MiB. More is not faster, less adds up more often."""

Residuals = tuple[Params, Array, Array]
"""gradients of a weighted sum for params and hs, and the nats, which are that for the weights"""


def elements(params: Params, hs: Array, targets: Array) -> Array:
    """Nats of each target: hs [..., E], targets int [...] -> float32 [...]; NaN out of [0, V).

    No gradient passes such a NaN.

    Args:
      params: {"w": [V, E], "b": [V]}, as an embedding has them, so that both can be the same.

    Raises:
      ValueError: for targets that are not one a row of hs.

    >>> params = {"w": jnp.zeros((4, 2)), "b": jnp.zeros(4)}
    >>> elements(params, jnp.ones((3, 2)), jnp.array([0, 1, 3]))  # ln 4 each
    Array([1.3862944, 1.3862944, 1.3862944], dtype=float32)
    """
    _check_shape("targets", targets, hs)
    rows = hs.reshape(-1, hs.shape[-1])
    size, count = _block_size(len(rows), len(params["b"]))
    blocks = tuple(_in_blocks(a, size, count) for a in (rows, targets.reshape(-1)))
    nats: Array = lax.map(jax.checkpoint(lambda block: _nats(params, *block)[0]), blocks)
    nats = nats.reshape(-1)[: len(rows)].reshape(targets.shape)
    return known(nats, targets, len(params["b"]))


def total(params: Params, hs: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    """(Σ weights ⊙ nats, Σ weights), and its gradient in three products of a block instead of four.

    The gradient of a weighted sum is known before the sum is, but for one factor. So it is made in
    the forward pass while the logits of a block are there, and they are not made a second time.
    Tokens whose weight is 0 take no part, whatever their target; others whose target is outside
    [0, V) make the sum NaN, and have no part in the gradient. Reverse mode alone, once.

    Raises:
      ValueError: for targets or weights that are not one a row of hs.
    """
    _check_shape("targets", targets, hs)
    _check_shape("weights", weights, hs)
    return _total(params, hs, targets, weights), jnp.sum(weights)


@jax.custom_vjp
def _total(params: Params, hs: Array, targets: Array, weights: Array) -> Array:
    nats = elements(params, hs, targets)
    return jnp.sum(jnp.where(weights == 0, 0, nats * weights))


def _forward(params: Params, hs: Array, targets: Array, weights: Array) -> tuple[Array, Residuals]:
    rows, ids, weight = hs.reshape(-1, hs.shape[-1]), targets.reshape(-1), weights.reshape(-1)
    vocabulary = len(params["b"])
    # A target that is no word has no gradient: at -1 one would go to the last word.
    factors = jnp.where(indexing.inside(ids, vocabulary), weight, 0)
    rows = jnp.where(factors[:, None] == 0, 0, rows)
    size, count = _block_size(len(rows), vocabulary)
    blocks = tuple(_in_blocks(a, size, count) for a in (rows, ids, factors))
    dparams, (nats, dhs) = _all_blocks(params, blocks)
    nats = known(nats.reshape(-1)[: len(rows)], ids, vocabulary)
    nats = jnp.where(weight == 0, 0, nats)
    dhs = dhs.reshape(-1, hs.shape[-1])[: len(rows)]
    # The targets' part of the gradient, -weight at each, never as a matrix of [tokens, V].
    at_targets, ids = -factors[:, None], jnp.clip(ids, 0, vocabulary - 1)
    dhs = dhs + at_targets * params["w"][ids]
    dparams = {
        "w": dparams["w"].at[ids].add(at_targets * rows),
        "b": dparams["b"].at[ids].add(-factors),
    }
    dparams = jax.tree.map(lambda d, p: d.astype(p.dtype), dparams, params)
    residuals = dparams, dhs.reshape(hs.shape).astype(hs.dtype), nats.reshape(weights.shape)
    return jnp.sum(nats * weight), residuals


def _backward(residuals: Residuals, scale: Array) -> tuple[Params, Array, None, Array]:
    dparams, dhs, nats = residuals
    dparams, dhs = jax.tree.map(lambda d: (scale * d).astype(d.dtype), (dparams, dhs))
    return dparams, dhs, None, scale * nats


_total.defvjp(_forward, _backward)


def _check_shape(name: str, values: Array, hs: Array) -> None:
    got, want = jnp.shape(values), hs.shape[:-1]
    if got != want:
        raise ValueError(f"{name}: got shape {got}, want {want}, as hs are {hs.shape}")


def _block_size(tokens: int, vocabulary: int) -> tuple[int, int]:
    """(tokens of a block, number of blocks): as equal as possible."""
    blocks = max(1, min(tokens, -(-tokens * vocabulary // LIMIT)))
    return -(-tokens // blocks), blocks


def _in_blocks(a: Array, size: int, blocks: int) -> Array:
    """[N, ...] -> [blocks, size, ...], with zeros at the end."""
    a = jnp.pad(a, [(0, size * blocks - len(a))] + [(0, 0)] * (a.ndim - 1))
    return a.reshape(blocks, size, *a.shape[1:])


def _nats(params: Params, rows: Array, targets: Array) -> tuple[Array, Array, Array]:
    """Nats of each target, exp(z - max z) of all words [n, V], and its sum over words [n].

    Of a target outside [0, V) they mean nothing.
    """
    z = matmul(rows, params["w"].T) + params["b"]
    top = z.max(-1)
    e = jnp.exp(z - top[:, None])
    # A product, because XLA:CPU runs sums over an axis of such arrays many times slower.
    s = e @ jnp.ones(e.shape[-1], e.dtype)
    logit = jnp.take_along_axis(z, jnp.clip(targets, 0, z.shape[-1] - 1)[:, None], -1)[:, 0]
    return jnp.log(s) + (top - logit), e, s


def _all_blocks(params: Params, blocks: tuple[Array, ...]) -> tuple[Params, tuple[Array, Array]]:
    """``_block`` of each, [blocks, size, ...]: the sum of the first part, all of the second."""
    dparams, first = _block(params, *(a[0] for a in blocks))
    if len(blocks[0]) == 1:
        return dparams, first

    def add(total: Params, block: tuple[Array, ...]) -> tuple[Params, tuple[Array, Array]]:
        dparams, outputs = _block(params, *block)
        return jax.tree.map(jnp.add, total, dparams), outputs

    dparams, later = lax.scan(add, dparams, tuple(a[1:] for a in blocks))
    nats, drows = (jnp.concatenate([a[None], b]) for a, b in zip(first, later, strict=True))
    return dparams, (nats, drows)


def _block(
    params: Params, rows: Array, targets: Array, weights: Array
) -> tuple[Params, tuple[Array, Array]]:
    """(gradient for params, (nats, gradient for rows)) of Σ weights ⊙ log Σ_v exp(z_v).

    The probabilities e / s are not made: what they are multiplied with is divided by s instead.
    """
    nats, e, s = _nats(params, rows, targets)
    share = weights / s
    dtype = params["w"].dtype
    dw = product(e.astype(dtype).T, (share[:, None] * rows).astype(dtype))
    return {"w": dw, "b": share @ e}, (nats, share[:, None] * matmul(e, params["w"]))
