"""Cosines, distances and ranks: by the equations in float64, and as gensim has them."""

from __future__ import annotations

import numpy as np
import pytest
from vector_toys import cosine, drawn, gensim_vectors

from seqjax.vectors import (
    KeyedVectors,
    closer_than,
    distances,
    nearest_among,
    rank,
    similarities,
)

VECTORS = drawn(60, 8)
DOUBLE = drawn(60, 8, dtype=np.float64)
ZERO = KeyedVectors(("a", "b", "zero"), np.array([[1.0, 0], [0, 1], [0, 0]]))
SOME = ["w3", "w0", "w59"]


@pytest.fixture(scope="module")
def peer():
    """The same vectors in gensim, in float64."""
    return gensim_vectors(DOUBLE)


def test_similarities():
    pairs = [("w0", "w1"), ("w5", "w5"), ("w9", "w3")]
    want = [cosine(VECTORS[a], VECTORS[b]) for a, b in pairs]
    np.testing.assert_allclose(similarities(VECTORS, pairs), want, atol=1e-14)
    want = [np.sqrt(((VECTORS[a] - VECTORS[b]).astype(float) ** 2).sum()) for a, b in pairs]
    found = similarities(VECTORS, pairs, metric="euclidean")
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-12)
    assert similarities(VECTORS, []).shape == (0,)


def test_distances_as_gensim_has_them(peer):
    vector = np.linspace(-2, 1, 8)
    for word in ("w7", vector):
        np.testing.assert_allclose(distances(DOUBLE, word), peer.distances(word), atol=1e-14)
        some = peer.distances(word, SOME)
        np.testing.assert_allclose(distances(DOUBLE, word, SOME), some, atol=1e-14)
    assert distances(DOUBLE, "w7", []).shape == (0,)


def test_euclidean_distances(monkeypatch):
    monkeypatch.setattr("seqjax.vectors.similarity.BLOCK", 7)
    want = np.linalg.norm(DOUBLE.matrix - DOUBLE["w7"], axis=1)
    np.testing.assert_allclose(distances(DOUBLE, "w7", metric="euclidean"), want, atol=1e-14)
    rows = [DOUBLE.row(word) for word in SOME]
    found = distances(DOUBLE, DOUBLE["w7"], SOME, metric="euclidean")
    np.testing.assert_allclose(found, want[rows], atol=1e-14)


def test_ranks_and_closer_words_as_gensim_has_them(peer):
    for word, other in (("w7", "w3"), ("w7", "w7"), ("w0", "w59"), ("w20", "w21")):
        found = closer_than(DOUBLE, word, other)
        assert {near for near, _ in found} == set(peer.closer_than(word, other))
        assert rank(DOUBLE, word, other) == peer.rank(word, other)
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        for near, score in found:
            assert score == pytest.approx(cosine(DOUBLE[word], DOUBLE[near]), abs=1e-14)
    nearest = peer.most_similar("w7", topn=3)
    assert [rank(DOUBLE, "w7", near) for near, _ in nearest] == [1, 2, 3]


def test_nearest_among_given_words_as_gensim_has_it(peer):
    for k in range(0, 60, 7):
        given = [f"w{n}" for n in range(60) if n % 7 == k % 7 and n != k]
        found = nearest_among(DOUBLE, f"w{k}", given)
        assert found[0].word == peer.most_similar_to_given(f"w{k}", given)
        want = sorted(given, key=lambda word: -cosine(DOUBLE[f"w{k}"], DOUBLE[word]))
        assert [near for near, _ in found] == want
        assert found[-1].score == pytest.approx(cosine(DOUBLE[f"w{k}"], DOUBLE[want[-1]]))


def test_vectors_of_zeros():
    np.testing.assert_array_equal(distances(ZERO, "a"), [0, 1, np.nan])
    np.testing.assert_array_equal(distances(ZERO, "zero", metric="euclidean"), [1, 1, 0])
    assert rank(ZERO, "a", "b") == 1


WRONG = {
    "metric of pairs": (lambda: similarities(VECTORS, [], metric="l2"), "metric: got 'l2'"),
    "metric": (lambda: distances(VECTORS, "w1", metric="l2"), "metric: got 'l2'"),
    "a word": (lambda: distances(VECTORS, "x"), "word: got 'x', which has no vector"),
    "another word": (lambda: distances(VECTORS, "w1", ["x"]), "word: got 'x'"),
    "width": (lambda: distances(VECTORS, np.ones(3)), r"vector of shape \(3,\), want 8"),
    "zero": (lambda: distances(ZERO, "zero"), "got 'zero', whose vector is zero"),
    "zero among others": (lambda: distances(ZERO, "a", ["zero"]), "'zero', whose vector is zero"),
    "a vector of zeros": (lambda: distances(ZERO, np.zeros(2)), "got a vector of zeros"),
    "rank of zero": (lambda: rank(ZERO, "a", "zero"), "got 'zero', whose vector is zero"),
    "rank from zero": (lambda: rank(ZERO, "zero", "a"), "got 'zero', whose vector is zero"),
    "none given": (lambda: nearest_among(VECTORS, "w1", []), "words: got none"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()
