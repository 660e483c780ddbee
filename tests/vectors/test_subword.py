"""Vectors of any words from their n-grams: against a loop over the n-grams' rows."""

from __future__ import annotations

import numpy as np
import pytest
from vector_toys import drawn, fnv, ngrams

from seqjax.vectors import SubwordVectors

VECTORS = drawn(5, 4)
ROWS = np.random.default_rng(7).normal(size=(13, 4)).astype(np.float32)


def composed(word, shortest=3, longest=6):
    return np.mean([ROWS[fnv(g) % 13] for g in ngrams(word, shortest, longest)], axis=0)


def test_vectors_of_any_words():
    found = SubwordVectors(VECTORS, ROWS).of(["unseen", "w3", "neü", "unseen"])
    assert found.words == ("unseen", "w3", "neü")
    np.testing.assert_array_equal(found["w3"], VECTORS["w3"])
    for word in ("unseen", "neü"):
        np.testing.assert_allclose(found[word], composed(word), rtol=1e-6)
    other = SubwordVectors(VECTORS, ROWS, shortest=2, longest=4).of(iter(["neü"]))
    np.testing.assert_allclose(other["neü"], composed("neü", 2, 4), rtol=1e-6)
    assert SubwordVectors(VECTORS, ROWS, longest=0).of(["w1"]).words == ("w1",)


def test_what_has_no_vector_is_refused():
    with pytest.raises(ValueError, match="words: got '', which has no n-grams of 3 or more"):
        SubwordVectors(VECTORS, ROWS).of(["w1", ""])
    with pytest.raises(ValueError, match="got 'x', which was not trained, and there are no n-gr"):
        SubwordVectors(VECTORS, ROWS, longest=0).of(["w1", "x"])
