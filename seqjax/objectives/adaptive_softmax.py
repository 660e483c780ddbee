"""Adaptive softmax: rare words are cheap, and cost nothing where they do not occur.

Ids are sorted by frequency, the most frequent is 0. The head has the ids below the first cutoff and
one entry for each tail; tail i has the ids from cutoff i to the next, on a narrower projection:

    log P(k | h) = log softmax(h w_head)_k                                       k in the head
    log P(k | h) = log softmax(h w_head)_{tail i} + log softmax(h down_i up_i)_k  k in tail i

down_i [D, D // divide^i], i = 1, 2, ... Grave et al. 2017; the same model as torch's
AdaptiveLogSoftmaxWithLoss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.products import matmul
from seqjax.basics.types import Array, Params
from seqjax.objectives.cross_entropy import cross_entropy, known
from seqjax.objectives.sums import masked
from seqjax.objectives.weighted_rows import rows_total


class AdaptiveSoftmax(NamedTuple):
    """An output layer and its cross entropy."""

    init: Callable[[Array, int], Params]
    """(key, d) -> {"head": {"w", "b"}, "tail_1": {"down", "up"}, ...} for hs of width d"""
    log_probabilities: Callable[[Params, Array], Array]
    """(params, hs [..., D]) -> [..., V]"""
    elements: Callable[[Params, Array, Array], Array]
    """(params, hs [..., D], targets [...]) -> nats [...], with all tails for all elements"""
    total: Callable[[Params, Array, Array, Array], tuple[Array, Array]]
    """(params, hs, targets, weights) -> (Σ w nats, Σ w), for training"""


def adaptive_softmax(
    vocabulary: int,
    cutoffs: Sequence[int],
    *,
    divide: float = 4.0,
    bias: bool = False,
    block: int = 128,
) -> AdaptiveSoftmax:
    """The softmax over ``vocabulary`` ids, cut at ``cutoffs``; ``bias`` is that of the head.

    ``total`` computes a tail for the elements in it alone, ``block`` at a time: a tail without
    elements costs nothing. It can be differentiated for params and hs, once and in reverse mode;
    weights are constants. A target outside [0, V) gives NaN.

    Args:
      vocabulary: V.
      cutoffs: the first id of each tail, rising.
      divide: how many times narrower each tail is than the one before.
      bias: whether the head has one.
      block: rows of hs that ``total`` takes at a time.

    Raises:
      ValueError: for a vocabulary or block below 1, cutoffs that do not rise, or lie outside
        [1, V - 1], or divide below 1; from ``init``, if a tail would be of width 0; from the
        others, for hs of another width.

    >>> model = adaptive_softmax(10, [4])
    >>> params, hs = model.init(jax.random.key(0), 8), jnp.ones((3, 8))
    >>> jax.jit(model.log_probabilities)(params, hs).shape
    (3, 10)
    """
    _check(vocabulary, cutoffs, divide)
    checks.positive("block", block)
    first_cutoff, edges = cutoffs[0], [*cutoffs, vocabulary]
    tails = {f"tail_{i}": pair for i, pair in enumerate(itertools.pairwise(edges), 1)}

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        if d // divide ** len(tails) < 1:
            raise ValueError(
                f"d: got {d}, want {divide ** len(tails):g} or more for {len(tails)}"
                f" tails, each {divide:g} times as narrow as the one before"
            )
        head_key, *tail_keys = jax.random.split(key, 1 + len(tails))
        columns = first_cutoff + len(tails)
        params = {"head": {"w": _init_linear(head_key, d, columns)}}
        if bias:
            params["head"]["b"] = jnp.zeros(columns)
        for i, (name, (low, high)) in enumerate(tails.items(), 1):
            params[name] = _init_tail(tail_keys[i - 1], d, int(d // divide**i), high - low)
        return params

    def head_logits(params: Params, hs: Array) -> Array:
        checks.width("hs", hs.shape, params["head"]["w"].shape[0])
        logits = matmul(hs, params["head"]["w"])
        return logits + params["head"]["b"] if bias else logits

    def log_probabilities(params: Params, hs: Array) -> Array:
        head = jax.nn.log_softmax(head_logits(params, hs))
        tail_parts = [
            head[..., first_cutoff + i, None] + jax.nn.log_softmax(_tail_logits(params[name], hs))
            for i, name in enumerate(tails)
        ]
        return jnp.concatenate([head[..., :first_cutoff], *tail_parts], -1)

    def head_elements(params: Params, hs: Array, targets: Array) -> Array:
        logits = head_logits(params, hs)
        tail = jnp.searchsorted(jnp.asarray(cutoffs), targets, side="right")  # 0: the head
        columns = jnp.where(tail == 0, targets, first_cutoff - 1 + tail)
        return known(cross_entropy(logits, columns), targets, vocabulary)

    def elements(params: Params, hs: Array, targets: Array) -> Array:
        nats = head_elements(params, hs, targets)
        for name, (low, high) in tails.items():
            inside = (targets >= low) & (targets < high)
            tail_nats = _tail_elements(params[name], hs, jnp.where(inside, targets - low, 0))
            nats = nats + jnp.where(inside, tail_nats, 0)
        return nats

    def total(params: Params, hs: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
        weights = jax.lax.stop_gradient(jnp.asarray(weights))
        nats, count = masked(head_elements(params, hs, targets), weights)
        rows, targets, weights = hs.reshape(-1, hs.shape[-1]), targets.ravel(), weights.ravel()
        for name, (low, high) in tails.items():
            inside = (targets >= low) & (targets < high)
            tail_weights = jnp.where(inside, weights, 0).astype(nats.dtype)
            nats = nats + rows_total(
                _tail_elements, params[name], rows, targets - low, tail_weights, size=block
            )
        return nats, count

    return AdaptiveSoftmax(init, log_probabilities, elements, total)


def _tail_logits(tail: Params, hs: Array) -> Array:
    return matmul(matmul(hs, tail["down"]), tail["up"])


def _tail_elements(tail: Params, hs: Array, targets: Array) -> Array:
    return cross_entropy(_tail_logits(tail, hs), targets)


def _init_tail(key: Array, d: int, width: int, ids: int) -> Params:
    """A projection to ``width`` and one from there to the logits of that many ids."""
    down_key, up_key = jax.random.split(key)
    return {"down": _init_linear(down_key, d, width), "up": _init_linear(up_key, width, ids)}


def _init_linear(key: Array, d: int, width: int) -> Array:
    """U(-1/sqrt D, 1/sqrt D), as torch's Linear begins."""
    return jax.random.uniform(key, (d, width), jnp.float32, -(d**-0.5), d**-0.5)


def _check(vocabulary: int, cutoffs: Sequence[int], divide: float) -> None:
    checks.positive("vocabulary", vocabulary)
    for cutoff in cutoffs:
        checks.positive("cutoffs", cutoff)
    rising = all(low < high for low, high in itertools.pairwise([*cutoffs, vocabulary]))
    if not cutoffs or not rising:
        raise ValueError(
            f"cutoffs: got {list(cutoffs)}, want one or more rising numbers below {vocabulary},"
            " the size of the vocabulary"
        )
    if not divide >= 1:
        raise ValueError(f"divide: got {divide}, want 1 or more")
