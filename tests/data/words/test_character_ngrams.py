"""Character n-grams: fastText's hash, which n-grams a word has, and means of their rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vector_toys import fnv, ngrams

from seqjax.data.words import character_ngrams
from seqjax.data.words.character_ngrams import MOST, bucket_ids, mean_vectors, ngram_ids

B = 2**32
"""Buckets with which a row is the hash itself."""
LENGTHS = [(3, 6), (1, 3), (2, 2), (0, 4), (1, 1), (5, 12)]


def hashes(word: str, shortest: int, longest: int) -> list[int]:
    return ngram_ids([word], B, shortest=shortest, longest=longest).ids.tolist()


def test_hash_is_fnv_1a() -> None:
    """Values of the function's authors; an n-gram of one character needs a word around it."""
    assert hashes("a", 1, 1) == [0xE40C292C]
    assert hashes("foobar", 6, 6)[1] == 0xBF9CF968


def test_hash_takes_bytes_as_signed() -> None:
    """Each step written out: 0xC3 and 0xA9, the bytes of é, are -61 and -87."""
    value = 0x811C9DC5
    for signed in (-61, -87):
        value = (value ^ (2**32 + signed)) * 0x01000193 % 2**32
    assert hashes("é", 1, 1) == [value]
    plain = 0x811C9DC5
    for byte in "é".encode():
        plain = (plain ^ byte) * 0x01000193 % 2**32
    assert value != plain


def test_ngrams_are_those_of_the_marked_word() -> None:
    assert ngrams("é") == ["<é>"]
    assert ngrams("the") == ["<th", "<the", "<the>", "the", "the>", "he>"]
    assert ngrams("") == []
    for word in ("é", "the", ""):
        assert hashes(word, 3, 6) == [fnv(gram) for gram in ngrams(word)]
    ids = bucket_ids(["the", "x" * 100], 7)
    assert ids.shape == (2, MOST)
    assert ids.dtype == np.int32
    assert ids[0].tolist()[:6] == [fnv(g) % 7 for g in ngrams("the")]
    assert (ids[0, 6:] == -1).all()
    assert ids[1].tolist() == [fnv(g) % 7 for g in ngrams("x" * 100)][:MOST]


@pytest.mark.parametrize(("shortest", "longest"), LENGTHS)
@given(words=st.lists(st.text("ab<>é한😀", max_size=9), max_size=12))
def test_all_words_together_as_each_by_itself(shortest, longest, words) -> None:
    got = ngram_ids(words, 97, shortest=shortest, longest=longest)
    want = [
        (number, fnv(gram) % 97)
        for number, word in enumerate(words)
        for gram in ngrams(word, max(shortest, 1), longest)
    ]
    assert list(zip(got.words.tolist(), got.ids.tolist(), strict=True)) == want


def test_as_gensim_has_them() -> None:
    peer = pytest.importorskip("gensim.models.fasttext_inner", reason="compared with gensim")
    for word in ("tête-à-tête", "한국어", "a", "<b>"):
        for shortest, longest in LENGTHS:
            grams = peer.compute_ngrams_bytes(word, shortest, longest)
            want = [peer.ft_hash_bytes(gram) for gram in grams]
            assert hashes(word, shortest, longest) == want


def test_any_size_of_block(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"word{n}" for n in range(23)]
    table = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    ids, means = bucket_ids(words, 50), mean_vectors(table, words)
    monkeypatch.setattr(character_ngrams, "BLOCK", 4)
    np.testing.assert_array_equal(bucket_ids(words, 50), ids)
    np.testing.assert_array_equal(mean_vectors(table, words), means)


def test_means_of_rows() -> None:
    draw = np.random.default_rng(0)
    table, own = draw.normal(size=(31, 4)), draw.normal(size=(3, 4))
    words = ["alpha", "b", ""]
    rows = [[table[fnv(g) % 31] for g in ngrams(word)] for word in words]
    want = [np.mean(row, axis=0) for row in rows[:2]]
    np.testing.assert_allclose(mean_vectors(table, words[:2]), want, rtol=1e-6)
    want = [np.mean([z, *row], axis=0) for z, row in zip(own, rows, strict=True)]
    np.testing.assert_allclose(mean_vectors(table, words, own=own), want, rtol=1e-6)
    np.testing.assert_allclose(mean_vectors(table, words, own=own, longest=0), own, rtol=1e-6)
    want = [np.mean(row[:2], axis=0) for row in rows[:1]]
    np.testing.assert_allclose(mean_vectors(table, words[:1], most=2), want, rtol=1e-6)
    assert mean_vectors(table, []).shape == (0, 4)
    with pytest.raises(ValueError, match="words: got '', which has no n-grams of 3 or more"):
        mean_vectors(table, words)
    with pytest.raises(ValueError, match="buckets: got 0, want 1 or more"):
        bucket_ids(words, 0)
