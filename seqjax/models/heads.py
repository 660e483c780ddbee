"""Output layers over a vocabulary: from hidden states to losses and to logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, mesh
from seqjax.basics.products import by_rows
from seqjax.basics.types import Array, Params
from seqjax.objectives import adaptive_softmax, chunked_cross_entropy, masked, sampled_softmax


class Head(NamedTuple):
    """What stands between hs [..., d] and words. Weights of elements are 0 for padding."""

    init: Callable[[Array, int], Params]
    """(key, d) -> params"""
    total: Callable[..., tuple[Array, Array]]
    """(params, hs, targets, weights, *, key) -> (Σ w nats, Σ w) for training; no key, no noise"""
    elements: Callable[[Params, Array, Array], Array]
    """(params, hs, targets) -> nats [...], exact"""
    logits: Callable[[Params, Array], Array]
    """(params, hs) -> [..., V]"""


def softmax(vocabulary: int, scale: float) -> Head:
    """logits = h w^T + b, w [V, d] ~ U(-scale, scale), b = 0. Never holds all logits of a window.

    Tied to an embedding by putting its w in the place of this one (Press and Wolf 2017).

    >>> head = softmax(1000, 0.1)
    >>> params = head.init(jax.random.key(0), 16)
    >>> head.logits(params, jnp.zeros((5, 16))).shape
    (5, 1000)
    """

    def init(key: Array, d: int) -> Params:
        checks.key(key)
        w = jax.random.uniform(key, (vocabulary, d), jnp.float32, -scale, scale)
        return {"w": w, "b": jnp.zeros(vocabulary)}

    def total(
        params: Params, hs: Array, targets: Array, weights: Array, *, key: Array | None = None
    ) -> tuple[Array, Array]:
        return chunked_cross_entropy.total(params, hs, targets, weights)

    def logits(params: Params, hs: Array) -> Array:
        scores: Array = by_rows(hs, params["w"]) + params["b"]
        return scores

    return _over_devices(Head(init, total, chunked_cross_entropy.elements, logits))


def sampled(vocabulary: int, scale: float, samples: int) -> Head:
    """The softmax, trained with ``samples`` of the V words at a time (Jean et al. 2015).

    Ids are sorted by frequency, the most frequent is 0. Without a key it is the full softmax.

    Raises:
      ValueError: for samples below 1.
    """
    checks.positive("samples", samples)
    full = softmax(vocabulary, scale)

    def total(
        params: Params, hs: Array, targets: Array, weights: Array, *, key: Array | None = None
    ) -> tuple[Array, Array]:
        if key is None:
            return full.total(params, hs, targets, weights)
        w, b = params["w"], params["b"]
        return masked(sampled_softmax(w, b, hs, targets, samples=samples, key=key), weights)

    return _over_devices(full._replace(total=total))


def adaptive(vocabulary: int, cutoffs: Sequence[int]) -> Head:
    """Adaptive softmax (Grave et al. 2017): rare words, those of large ids, in narrow clusters.

    Raises:
      ValueError: as ``adaptive_softmax``; from init, for clusters of width 0.
    """
    output = adaptive_softmax(vocabulary, cutoffs)

    def total(
        params: Params, hs: Array, targets: Array, weights: Array, *, key: Array | None = None
    ) -> tuple[Array, Array]:
        return output.total(params, hs, targets, weights)

    return _over_devices(Head(output.init, total, output.elements, output.log_probabilities))


HEADS = {"softmax": "", "tied": "", "sampled": "samples", "adaptive": "cutoffs"}
"""Names of the heads of a language model, and the option that each needs."""


def head(name: str, vocabulary: int, *, scale: float, samples: int, cutoffs: Sequence[int]) -> Head:
    """The head of that name; ``tied`` is a softmax that is given the embedding's weights.

    Raises:
      ValueError: for an unknown name, an option the head does not use, or one that it lacks.

    >>> head("adaptive", 100, scale=0.1, samples=0, cutoffs=[20]).init(jax.random.key(0), 8).keys()
    dict_keys(['head', 'tail_1'])
    """
    needs = checks.lookup("head", HEADS, name)
    for option, value in (("samples", samples), ("cutoffs", cutoffs)):
        if bool(value) != (needs == option):
            want = "a value" if needs == option else "none"
            raise ValueError(f"{option}: got {value or 'none'}, want {want} with head={name}")
    if name == "sampled":
        return sampled(vocabulary, scale, samples)
    if name == "adaptive":
        return adaptive(vocabulary, cutoffs)
    return softmax(vocabulary, scale)


def _over_devices(head: Head) -> Head:
    """The head, of which each device computes its rows of hs [T, B, d] under a mesh."""

    def total(
        params: Params, hs: Array, targets: Array, weights: Array, *, key: Array | None = None
    ) -> tuple[Array, Array]:
        def of_rows(params: Params, hs: Array, targets: Array, weights: Array, key: Any) -> Any:
            return head.total(params, hs, targets, weights, key=key)

        axes = (-1, 1, 1, 1, -1)
        sums: tuple[Array, Array] = mesh.sum_over_rows(of_rows, _rows(hs), axes)(
            params, hs, targets, weights, key
        )
        return sums

    def elements(params: Params, hs: Array, targets: Array) -> Array:
        nats: Array = mesh.over_rows(head.elements, _rows(hs), (-1, 1, 1), 1)(params, hs, targets)
        return nats

    return head._replace(total=total, elements=elements)


def _rows(hs: Array) -> int:
    """B of hs [T, B, d]; of others 1, which no devices share."""
    return hs.shape[1] if hs.ndim == 3 else 1
