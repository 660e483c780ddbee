"""Outputs of a tagger: from hidden states to losses, tags and probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks, mesh
from seqjax.basics.types import Array, Params
from seqjax.layers import dense
from seqjax.objectives import cross_entropy
from seqjax.objectives.classification import sigmoid_loss
from seqjax.objectives.crf import crf_nll, marginals
from seqjax.objectives.crf_chain import constrained
from seqjax.objectives.tag_schemes import Legal
from seqjax.objectives.viterbi import viterbi


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
    """A distribution for each word on its own, the softmax of h_t w + b; tags int [T, B].

    Raises:
      ValueError: for classes below 1.

    >>> head = softmax(3)
    >>> params = head.init(jax.random.key(0), 8)
    >>> jax.jit(head.tags)(params, jnp.ones((5, 2, 8)), jnp.array([5, 3])).shape
    (5, 2)
    """
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

    Raises:
      ValueError: for labels below 1.
    """
    out = dense(labels)

    def scores(params: Params, hs: Array) -> Array:
        return out.apply(params, hs)[1]

    def nats(params: Params, hs: Array, tags: Array, lengths: Array) -> tuple[Array, Array]:
        known = (tags >= 0).all(-1)
        return sigmoid_loss(scores(params, hs), tags).sum(-1), _weights(hs, known, lengths)

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
      classes: C.
      legal: which tags may follow each other; None: all.

    Raises:
      ValueError: for classes below 1.

    >>> head = crf(3)
    >>> hs, lengths = jnp.ones((5, 2, 8)), jnp.array([5, 3])
    >>> probabilities = jax.jit(head.probabilities)(head.init(jax.random.key(0), 8), hs, lengths)
    >>> probabilities.sum(-1)[:, 1].round(3)
    Array([1., 1., 1., 0., 0.], dtype=float32)
    """
    out = dense(classes)

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        chain = {"transitions": jnp.zeros((classes, classes))}
        chain |= {"starts": jnp.zeros(classes), "ends": jnp.zeros(classes)}
        return {"emissions": out.init(key, d), "chain": chain}

    def chain_and_emissions(params: Params, hs: Array) -> tuple[Params, Array]:
        chain = params["chain"]
        chain = chain if legal is None else constrained(chain, legal)
        return chain, out.apply(params["emissions"], hs)[1]

    def nats(params: Params, hs: Array, tags: Array, lengths: Array) -> tuple[Array, Array]:
        known = _weights(hs, tags >= 0, lengths).sum(0) == lengths
        # Under a mesh each device walks its rows: else the chain's gradient met at every step.
        of_rows = mesh.over_rows(crf_nll, hs.shape[1], (-1, 1, 1, 0), 0)
        nll = of_rows(*chain_and_emissions(params, hs), tags, lengths)
        return nll / jnp.maximum(lengths, 1), (lengths * known).astype(hs.dtype)

    return TagHead(
        init,
        nats,
        lambda params, hs, lengths: viterbi(*chain_and_emissions(params, hs), lengths)[0],
        lambda params, hs, lengths: marginals(*chain_and_emissions(params, hs), lengths),
    )


def _weights(hs: Array, known: Array, lengths: Array) -> Array:
    """1 for each real word with a known tag, [T, B]."""
    weights: Array = masks.zero(masks.valid(lengths, hs.shape[0]), known.astype(hs.dtype))
    return weights
