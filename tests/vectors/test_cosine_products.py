"""Words nearest by 3CosMul: against the product in NumPy, and as gensim has it."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from vector_toys import cosine, drawn, gensim_vectors, same

from seqjax.vectors import KeyedVectors, Query, nearest, nearest_by_product, parse, solve

VECTORS = drawn(60, 8)
QUERIES = [
    parse("w3 + w5 - w4"),
    "w7",
    parse("w1 + w2 + w9 - w10 - w11"),
    Query((("w3", 2.0), (np.linspace(-1, 3, 8), 0.5)), (("w4", 1.5), "w8")),
    parse("- w6"),
]


@pytest.fixture(scope="module")
def peer():
    """The same vectors in gensim."""
    return gensim_vectors(VECTORS)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_as_gensim_has_it(peer):
    for query, got in zip(QUERIES[:3], nearest_by_product(VECTORS, QUERIES[:3], 7), strict=True):
        plus, minus = query if isinstance(query, Query) else ((query,), ())
        want = peer.most_similar_cosmul(positive=list(plus), negative=list(minus), topn=7)
        same(got, want, 1e-5)


def product(word, query):
    """In float64, a factor at a time."""
    sides = []
    for terms in query:
        side = 1.0
        for term in terms:
            other, weight = term if isinstance(term, tuple) else (term, 1.0)
            vector = VECTORS[other] if isinstance(other, str) else other
            side *= ((1 + cosine(VECTORS[word], vector)) / 2) ** weight
        sides.append(side)
    return sides[0] / (sides[1] + 1e-6)


@pytest.mark.parametrize("commonest", [None, 25])
@pytest.mark.parametrize("exclude", [True, False])
def test_weights_vectors_and_exclusion_by_the_equation(exclude, commonest, monkeypatch):
    monkeypatch.setattr(importlib.import_module("seqjax.vectors.nearest"), "SCORES", 60 * 5 * 2)
    found = nearest_by_product(VECTORS, QUERIES, 99, exclude=exclude, commonest=commonest)
    for query, got in zip(QUERIES, found, strict=True):
        query = Query((query,)) if isinstance(query, str) else query
        words = [w for w in VECTORS.words[:commonest] if not (exclude and w in query.words)]
        want = sorted(((word, product(word, query)) for word in words), key=lambda x: -x[1])
        assert len(got) == len(want)
        np.testing.assert_allclose([x for _, x in got], [x for _, x in want], rtol=2e-4)
        same(got[:5], want[:5], 2e-4 * want[0][1])


def test_analogies_are_such_products():
    (got,) = nearest_by_product(VECTORS, [parse("w2 - w1 + w3")], 5)
    (want,) = solve(VECTORS, [("w1", "w2", "w3")], 5, method="3CosMul")
    same(got, want, 1e-5)
    assert [w for w, _ in got] != [w for w, _ in nearest(VECTORS, [parse("w2 - w1 + w3")], 5)[0]]


def test_zeros_and_opposites():
    """Words whose vector is zero are no answers; (1 + cos) / 2 = 0 is a factor like others."""
    vectors = KeyedVectors(("a", "b", "zero", "c"), np.array([[1.0, 0], [-1, 0], [0, 0], [1, 2]]))
    (got,) = nearest_by_product(vectors, [Query((("a", 0.5),))], 9, exclude=False)
    assert [word for word, _ in got] == ["a", "c", "b"]
    assert got[-1].score == 0
    with pytest.raises(ValueError, match="got 'zero', whose vector is zero"):
        nearest_by_product(vectors, ["zero"])
    with pytest.raises(ValueError, match="query: got zeros, or no numbers, in row 0"):
        nearest_by_product(vectors, [Query((np.zeros(2),))])


def test_refused():
    assert nearest_by_product(VECTORS, []) == []
    with pytest.raises(ValueError, match="count: got 0"):
        nearest_by_product(VECTORS, ["w1"], 0)
    with pytest.raises(ValueError, match="query: got no words"):
        nearest_by_product(VECTORS, [Query(())])
    with pytest.raises(ValueError, match="word: got 'x'"):
        nearest_by_product(VECTORS, ["x"])
