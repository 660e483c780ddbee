"""Outputs of a tagger: from hidden states to losses, tags and probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import masks
from seqjax.basics.types import Array, Params
from seqjax.layers import dense
from seqjax.objectives import cross_entropy
from seqjax.objectives.classification import sigmoid_loss
from seqjax.objectives.crf import constrained, crf_nll, marginals, viterbi
from seqjax.objectives.tag_schemes import Legal


class TagHead(NamedTuple):
    """What stands between hs [T, B, d] and C tags. Rows end at lengths int [B].

    Tags below 0 are not known to the model: they count in no loss.
    """

    init: Callable[[Array, int], Params]
    """(key, d) -> params"""
    nats: Callable[[Params, Array, Array, Array], tuple[Array, Array]]
    """(params, hs, tags, lengths) -> (nats per word, weights), which weigh each word once"""
    tags: Callable[[Params, Array, Array], Array]
    """(params, hs, lengths) -> the best tags, in the form of the targets"""
    probabilities: Callable[[Params, Array, Array], Array]
    """(params, hs, lengths) -> [T, B, C]"""


def softmax(classes: int) -> TagHead:
    """A distribution for each word on its own, the softmax of h_t w + b; tags int [T, B]."""
    out = dense(classes)

    def scores(params: Params, hs: Array) -> Array:
        return out.apply(params, hs)[1]

    def nats(params: Params, hs: Array, tags: Array, lengths: Array) -> tuple[Array, Array]:
        return cross_entropy(scores(params, hs), tags), _weights(hs, tags >= 0, lengths)

    return TagHead(
        out.init,
        nats,
        lambda params, hs, lengths: jnp.argmax(scores(params, hs), -1).astype(jnp.int32),
        lambda params, hs, lengths: jax.nn.softmax(scores(params, hs)),
    )


def sigmoid(labels: int) -> TagHead:
    """Each label on its own: p(c at t) = σ(h_t w + b)_c; tags float [T, B, C], 1 or 0.

    Nats of a word are the sum over labels; its tags are those with p > 1/2.
    """
    out = dense(labels)

    def scores(params: Params, hs: Array) -> Array:
        return out.apply(params, hs)[1]

    def nats(params: Params, hs: Array, tags: Array, lengths: Array) -> tuple[Array, Array]:
        return sigmoid_loss(scores(params, hs), tags).sum(-1), _weights(
            hs, (tags >= 0).all(-1), lengths
        )

    return TagHead(
        out.init,
        nats,
        lambda params, hs, lengths: (scores(params, hs) > 0).astype(hs.dtype),
        lambda params, hs, lengths: jax.nn.sigmoid(scores(params, hs)),
    )


def crf(classes: int, legal: Legal | None = None) -> TagHead:
    """A linear chain over h_t w + b; tags int [T, B] (Huang et al. 2015, Lample et al. 2016).

    Parameters: {"emissions": {"w", "b"}, "chain": ...}, the chain zero at first. A row with a tag
    that is not known counts in no loss.

    Args:
      legal: which tags may follow each other; None: all.
    """
    out = dense(classes)

    def init(key: Array, d: int) -> Params:
        chain = {"transitions": jnp.zeros((classes, classes))}
        chain |= {"starts": jnp.zeros(classes), "ends": jnp.zeros(classes)}
        return {"emissions": out.init(key, d), "chain": chain}

    def parts(params: Params, hs: Array) -> tuple[Params, Array]:
        chain = params["chain"]
        chain = chain if legal is None else constrained(chain, legal)
        return chain, out.apply(params["emissions"], hs)[1]

    def nats(params: Params, hs: Array, tags: Array, lengths: Array) -> tuple[Array, Array]:
        known = _weights(hs, tags >= 0, lengths).sum(0) == lengths
        each = crf_nll(*parts(params, hs), tags, lengths) / jnp.maximum(lengths, 1)
        return each, (lengths * known).astype(hs.dtype)

    return TagHead(
        init,
        nats,
        lambda params, hs, lengths: viterbi(*parts(params, hs), lengths)[0],
        lambda params, hs, lengths: marginals(*parts(params, hs), lengths),
    )


def _weights(hs: Array, known: Array, lengths: Array) -> Array:
    """1 for each real word with a known tag, [T, B]."""
    return masks.zero(masks.valid(lengths, hs.shape[0]), known.astype(hs.dtype))
