"""Vectors with some words alone, or with more: as gensim has them."""

from __future__ import annotations

import numpy as np
import pytest
from vector_toys import drawn, gensim_vectors

from seqjax.vectors import KeyedVectors, added, selected

VECTORS = drawn(9, 4)
COUNTED = KeyedVectors(VECTORS.words, VECTORS.matrix, np.arange(9, 0, -1))
NEW = np.arange(12, dtype=np.float64).reshape(3, 4)


def test_selected_words_as_gensim_has_them():
    words = ["w5", "unknown", "w0", "w5", "w7"]
    found, peer = selected(COUNTED, words), gensim_vectors(VECTORS).vectors_for_all(words)
    assert found.words == tuple(peer.index_to_key) == ("w5", "w0", "w7")
    np.testing.assert_array_equal(found.matrix, peer.vectors)
    assert found.counts.tolist() == [4, 9, 2]
    assert selected(VECTORS, iter(words)).counts is None
    with pytest.raises(ValueError, match="words: got 2, none of them with a vector"):
        selected(VECTORS, ["x", "y", "x"])


@pytest.mark.parametrize("replace", [False, True])
def test_added_words_as_gensim_has_them(replace):
    before = VECTORS.matrix.copy()
    found = added(VECTORS, ["new", "w2", "other"], NEW, replace=replace)
    peer = gensim_vectors(VECTORS)
    peer.add_vectors(["new", "w2", "other"], NEW.astype(np.float32), replace=replace)
    assert found.words == tuple(peer.index_to_key)
    np.testing.assert_array_equal(found.matrix, peer.vectors)
    assert found.matrix.dtype == np.float32
    assert (found["w2"] == NEW[1]).all() == replace
    np.testing.assert_array_equal(VECTORS.matrix, before)
    assert found.counts is None


def test_counts_of_added_words():
    words = ["new", "w2", "other"]
    assert added(COUNTED, words, NEW).counts.tolist() == [*range(9, 0, -1), 0, 0]
    counts = np.array([30, 20, 10])
    kept = added(COUNTED, words, NEW, counts=counts)
    assert kept.counts.tolist() == [*range(9, 0, -1), 30, 10]
    other = added(COUNTED, words, NEW, counts=counts, replace=True)
    assert other.counts.tolist() == [9, 8, 20, 6, 5, 4, 3, 2, 1, 30, 10]
    assert added(COUNTED, words, NEW, replace=True).counts.tolist()[:3] == [9, 8, 7]
    assert COUNTED.counts.tolist() == [*range(9, 0, -1)]


def test_refused():
    with pytest.raises(ValueError, match="matrix: got width 3, want 4"):
        added(VECTORS, ["new"], np.ones((1, 3)))
    with pytest.raises(ValueError, match="words: got 'new' twice"):
        added(VECTORS, ["new", "new"], np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"got shape \(1, 4\) for 2 words"):
        added(VECTORS, ["new", "x"], np.ones((1, 4)))
    with pytest.raises(ValueError, match="counts: got some, but"):
        added(VECTORS, ["new"], np.ones((1, 4)), counts=np.ones(1))
    with pytest.raises(ValueError, match="numbers for 'new' that are not finite"):
        added(VECTORS, ["new"], np.full((1, 4), np.nan))
