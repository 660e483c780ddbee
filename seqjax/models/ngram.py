"""An n-gram language model: the baseline that a network has to beat.

Interpolated modified Kneser-Ney (Chen and Goodman 1999, section 3):

    p(w | h) = (c(h w) - D(c(h w))) / c(h ·) + γ(h) p(w | h'),   h' = h without its oldest token
    γ(h)     = Σ_w D(c(h w)) / c(h ·)

At the highest order c counts occurrences, below it different predecessors: c(g) = |{v: v g occurs}|
(the start of the text is one). D(1), D(2) and D(3 and more) come from n_j, how many n-grams of an
order have c = j: Y = n_1 / (n_1 + 2 n_2), D(j) = j - (j + 1) Y n_{j+1} / n_j. Below the unigrams is
the uniform distribution. A context never seen leaves the word to the next shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqjax.basics import checks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where the n_j give none, as in a tiny text or vocabulary; those of KenLM."""


class Level(NamedTuple):
    """One order. A context is known by its rank among the grams of the level below."""

    keys: Ints
    """[grams], sorted: rank of h times V, plus w"""
    discounted: Floats
    """[grams]: (c - D(c)) / c(h ·)"""
    backoff: Floats
    """[contexts]: γ(h), 1 for one that nothing follows"""


class NGram(NamedTuple):
    """Probabilities of ids given up to order - 1 ids before them."""

    vocabulary: int
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """How many ids a gram of the highest level has."""
        return len(self.levels)

    def nats(self, ids: ArrayLike, history: ArrayLike = ()) -> Floats:
        """-log p of each of ``ids`` [N], given the ids before it and ``history`` before those.

        Raises:
          ValueError: for anything but ids in [0, V).

        >>> ngram([0, 1, 0, 1], vocabulary=2, order=1).nats([0, 1]).round(3)  # ln 2 each
        array([0.693, 0.693])
        """
        past = _ids("history", history, self.vocabulary)
        past = past[max(0, len(past) - self.order + 1) :]
        text = np.concatenate([past, _ids("ids", ids, self.vocabulary)])
        p = np.full(len(text), 1 / self.vocabulary)
        context = np.zeros(len(text), np.int64)  # ranks; -1 for a context never seen
        for level in self.levels:
            gram = _ranks(level.keys, np.where(context < 0, -1, context * self.vocabulary + text))
            discounted = np.where(gram < 0, 0, level.discounted[gram])
            p = np.where(context < 0, p, discounted + level.backoff[context] * p)
            context = np.concatenate([[-1], gram[:-1]])[: len(text)]
        nats: Floats = -np.log(p[len(past) :])
        return nats


def ngram(ids: ArrayLike, vocabulary: int, order: int) -> NGram:
    """The model of the text ``ids`` [N], each in [0, V); of order N where N is below ``order``.

    Raises:
      ValueError: for a vocabulary or order below 1, no ids, or an id not in [0, V).

    >>> ngram([0, 1, 2, 0, 1], vocabulary=3, order=3).order
    3
    """
    checks.positive("order", order)
    return _model(_grams(ids, vocabulary, order), vocabulary)


def best_order(
    train: ArrayLike, valid: ArrayLike, vocabulary: int, orders: Sequence[int] = range(1, 8)
) -> NGram:
    """The model of ``train`` [N], of that order which gives ``valid`` [M] the fewest nats.

    Raises:
      ValueError: as ``ngram``; for no orders, or nothing in ``valid``.

    >>> best_order([0, 1, 2] * 9, [1, 2, 0, 1], vocabulary=3, orders=[1, 2]).order
    2
    """
    checks.positive("orders", min(orders, default=0))
    if not np.size(valid):
        raise ValueError("valid: got none, want one id or more")
    grams = _grams(train, vocabulary, max(orders))
    models: Iterable[NGram] = (_model(grams[:order], vocabulary) for order in orders)
    return min(models, key=lambda model: model.nats(valid).sum())


class Grams(NamedTuple):
    """The different k-grams of a text."""

    keys: Ints
    """[grams], sorted: rank of the first k - 1 ids times V, plus the last id"""
    counts: Ints
    """[grams]: occurrences"""
    predecessors: Ints
    """[grams]: different ids before it, the start of the text being one"""


def _grams(text: ArrayLike, vocabulary: int, order: int) -> list[Grams]:
    """Orders 1 to ``order``. Ranks stay below N, so no key is beyond N V, whatever the order."""
    checks.positive("vocabulary", vocabulary)
    ids = _ids("ids", text, vocabulary)
    if not ids.size:
        raise ValueError("ids: got none, want one id or more")
    orders: list[Grams] = []
    ranks = np.zeros(len(ids) + 1, np.int64)
    for k in range(1, min(order, len(ids)) + 1):
        last = ids[k - 1 :]
        keys, ranks, counts = np.unique(
            ranks[:-1] * vocabulary + last, return_inverse=True, return_counts=True
        )
        previous = np.concatenate([[vocabulary], ids[: len(ids) - k]])
        different = np.unique(ranks * (vocabulary + 1) + previous) // (vocabulary + 1)
        orders.append(Grams(keys, counts, np.bincount(different)))
    return orders


def _model(grams: Sequence[Grams], vocabulary: int) -> NGram:
    below = [1, *(len(order.keys) for order in grams)]
    counts = [*(order.predecessors for order in grams[:-1]), grams[-1].counts]
    return NGram(
        vocabulary,
        tuple(
            _level(order.keys, c, contexts, vocabulary)
            for order, c, contexts in zip(grams, counts, below, strict=False)
        ),
    )


def _level(keys: Ints, counts: Ints, contexts: int, vocabulary: int) -> Level:
    """Nothing is taken from unigrams if every id has one: then nothing has to be given away."""
    context = keys // vocabulary
    complete = contexts == 1 and len(keys) == vocabulary
    discount = np.zeros(len(keys)) if complete else discounts(counts)[np.minimum(counts, 3) - 1]
    totals = np.bincount(context, counts, minlength=contexts)
    freed = np.bincount(context, discount, minlength=contexts)
    backoff = np.divide(freed, totals, out=np.ones(contexts), where=totals > 0)
    return Level(keys, (counts - discount) / totals[context], backoff)


def discounts(counts: Ints) -> Floats:
    """D(1), D(2), D(3 and more), each from 0 to j, estimated from the counts [grams] of an order.

    >>> discounts(np.array([1, 1, 1, 1, 2, 2, 3, 4])).round(2)
    array([0.5 , 1.25, 1.  ])
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    if not n.all():
        return np.array(FALLBACK)
    j = np.arange(1, 4)
    d = j - (j + 1) * n[0] / (n[0] + 2 * n[1]) * n[1:] / n[:3]
    return d if ((d >= 0) & (d <= j)).all() else np.array(FALLBACK)


def _ranks(keys: Ints, queries: Ints) -> Ints:
    """The rank of each query among sorted keys, -1 where it is none of them."""
    rank = np.minimum(np.searchsorted(keys, queries), len(keys) - 1)
    return np.where(keys[rank] == queries, rank, -1)


def _ids(name: str, value: ArrayLike, vocabulary: int) -> Ints:
    array: Any = np.asarray(value)
    if array.ndim != 1:
        raise ValueError(f"{name}: got shape {array.shape}, want one axis")
    if not array.size:
        return np.zeros(0, np.int64)
    checks.ids(name, array, vocabulary)
    ids: Ints = array.astype(np.int64)
    return ids
