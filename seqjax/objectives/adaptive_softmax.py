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

    Raises:
      ValueError: for cutoffs that do not rise, or lie outside [1, V - 1], or divide below 1; from
        ``init``, if a tail would be of width 0; from the others, for hs of another width.
    """
    _check(vocabulary, cutoffs, divide)
    checks.positive("block", block)
    first, edges = cutoffs[0], [*cutoffs, vocabulary]
    tails = {f"tail_{i}": pair for i, pair in enumerate(itertools.pairwise(edges), 1)}

    def init(key: Array, d: int) -> Params:
        if d // divide ** len(tails) < 1:
            raise ValueError(
                f"d: got {d}, want {divide ** len(tails):g} or more for {len(tails)}"
                f" tails, each {divide:g} times as narrow as the one before"
            )
        head, *keys = jax.random.split(key, 1 + len(tails))
        params = {"head": {"w": _linear(head, d, first + len(tails))}}
        if bias:
            params["head"]["b"] = jnp.zeros(first + len(tails))
        for i, (each, (name, (low, high))) in enumerate(zip(keys, tails.items(), strict=True), 1):
            down, up = jax.random.split(each)
            width = int(d // divide**i)
            params[name] = {"down": _linear(down, d, width), "up": _linear(up, width, high - low)}
        return params

    def head_logits(params: Params, hs: Array) -> Array:
        checks.width("hs", hs.shape, params["head"]["w"].shape[0])
        logits = matmul(hs, params["head"]["w"])
        return logits + params["head"]["b"] if bias else logits

    def log_probabilities(params: Params, hs: Array) -> Array:
        head = jax.nn.log_softmax(head_logits(params, hs))
        parts = [
            head[..., first + i, None] + jax.nn.log_softmax(_tail_logits(params[name], hs))
            for i, name in enumerate(tails)
        ]
        return jnp.concatenate([head[..., :first], *parts], -1)

    def head_elements(params: Params, hs: Array, targets: Array) -> Array:
        logits = head_logits(params, hs)
        tail = jnp.searchsorted(jnp.asarray(cutoffs), targets, side="right")  # 0: the head
        columns = jnp.where(tail == 0, targets, first - 1 + tail)
        return known(cross_entropy(logits, columns), targets, vocabulary)

    def elements(params: Params, hs: Array, targets: Array) -> Array:
        nats = head_elements(params, hs, targets)
        for name, (low, high) in tails.items():
            inside = (targets >= low) & (targets < high)
            more = _tail_elements(params[name], hs, jnp.where(inside, targets - low, 0))
            nats = nats + jnp.where(inside, more, 0)
        return nats

    def total(params: Params, hs: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
        weights = jax.lax.stop_gradient(jnp.asarray(weights))
        sum_, count = masked(head_elements(params, hs, targets), weights)
        rows, targets, weights = hs.reshape(-1, hs.shape[-1]), targets.ravel(), weights.ravel()
        for name, (low, high) in tails.items():
            here = jnp.where((targets >= low) & (targets < high), weights, 0).astype(sum_.dtype)
            sum_ = sum_ + rows_total(
                _tail_elements, params[name], rows, targets - low, here, size=block
            )
        return sum_, count

    return AdaptiveSoftmax(init, log_probabilities, elements, total)


def _tail_logits(tail: Params, hs: Array) -> Array:
    return matmul(matmul(hs, tail["down"]), tail["up"])


def _tail_elements(tail: Params, hs: Array, targets: Array) -> Array:
    return cross_entropy(_tail_logits(tail, hs), targets)


def _linear(key: Array, d: int, width: int) -> Array:
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
