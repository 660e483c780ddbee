"""Means of words, sets of words, the odd one out: as gensim has them, in float64."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from vector_toys import drawn, gensim_vectors

from seqjax.vectors import KeyedVectors, mean_vector, odd_one_out, set_similarity

VECTORS = drawn(60, 8, dtype=np.float64)
ZERO = KeyedVectors(("a", "minus", "zero"), np.array([[1.0, 0], [-1, 0], [0, 0]]))


@pytest.fixture(scope="module")
def peer():
    """The same vectors in gensim, in float64."""
    return gensim_vectors(VECTORS)


@pytest.mark.parametrize("weights", [None, [1.5, -0.5, 2.0, 0.25, 1.0]])
@pytest.mark.parametrize("pre", [True, False])
def test_mean_vectors_as_gensim_has_them(peer, weights, pre):
    words = ["w3", "w7", "unknown", np.linspace(-1, 1, 8), "w3"]
    found = mean_vector(VECTORS, words, weights, pre_normalize=pre)
    want = peer.get_mean_vector(words, weights, pre_normalize=pre)
    np.testing.assert_allclose(found, want, atol=1e-14)
    unit = mean_vector(VECTORS, words, weights, pre_normalize=pre, post_normalize=True)
    np.testing.assert_allclose(unit, want / np.linalg.norm(want), atol=1e-14)
    with pytest.raises(ValueError, match="got 'unknown', which has no vector"):
        mean_vector(VECTORS, words, weights, ignore_missing=False)


def test_set_similarity_as_gensim_has_it(peer):
    for first, second in ((["w1", "w2"], ["w3"]), (["w1", "unknown"], ["w5", "w6", "w7"])):
        want = peer.n_similarity(first, second)
        assert set_similarity(VECTORS, first, second) == pytest.approx(want, abs=1e-14)
    with pytest.raises(ValueError, match="got 'unknown', which has no vector"):
        set_similarity(VECTORS, ["w1"], ["unknown", "w2"], ignore_missing=False)


def test_the_odd_one_out(peer):
    for words in itertools.combinations(VECTORS.words[:6], 4):
        assert odd_one_out(VECTORS, words) == peer.doesnt_match(words)
    vectors = KeyedVectors(("a", "b", "c"), np.array([[9.0, 1], [1, 0.1], [0, 5]]))
    assert odd_one_out(vectors, ["a", "b", "c"]) == "c"


WRONG = {
    "unknown alone": (lambda: mean_vector(VECTORS, ["x", "y"]), "words: got 2, none of them"),
    "no words": (lambda: mean_vector(VECTORS, []), "words: got 0, none of them"),
    "weights": (lambda: mean_vector(VECTORS, ["w1"], [1, 2]), r"weights: got shape \(2,\)"),
    "zero weights": (lambda: mean_vector(VECTORS, ["w1"], [0]), "weights: got zeros alone"),
    "zero": (lambda: mean_vector(ZERO, ["a", "zero"]), "got 'zero', whose vector is zero"),
    "zero mean": (
        lambda: mean_vector(ZERO, ["a", "minus"], post_normalize=True),
        "words: got a sum that is zero",
    ),
    "zero set": (lambda: set_similarity(ZERO, ["a"], ["zero"]), "words: got a sum that is zero"),
    "two words": (lambda: odd_one_out(VECTORS, ["w1", "w2", "w1"]), "words: got 2 different"),
    "odd zero": (lambda: odd_one_out(ZERO, ["a", "minus", "zero"]), "'zero', whose vector is zero"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_none_is_odd():
    row = np.array([0.3, -1.7, 2.9], np.float32)
    vectors = KeyedVectors(tuple("abcd"), np.stack([scale * row for scale in (1, 3.7, 0.1, 9)]))
    with pytest.raises(ValueError, match="words: got a, b, c, d, none of which is odder"):
        odd_one_out(vectors, list("abcd"))
