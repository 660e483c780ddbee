"""Keyed vectors: what they refuse, what they answer."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from vector_toys import drawn

from seqjax.vectors import KeyedVectors
from seqjax.vectors.keyed import unit_rows

ROWS = np.array([[3.0, 4.0], [0.0, 0.0], [-1.0, 0.0]], np.float32)
WORDS = ("a", "b", "Ab")


def test_rows_by_word():
    vectors = KeyedVectors(WORDS, ROWS)
    assert (len(vectors), vectors.width) == (3, 2)
    np.testing.assert_array_equal(vectors["Ab"], [-1, 0])
    assert "b" in vectors
    assert "ab" not in vectors
    np.testing.assert_allclose(vectors.unit, [[0.6, 0.8], [0, 0], [-1, 0]], rtol=1e-7)
    assert vectors.covered(["x", "b", "a"]) == ["b", "a"]
    assert vectors.first(2).words == ("a", "b")
    assert vectors.first(9).words == WORDS


def test_counts_stay_with_their_words():
    vectors = KeyedVectors(WORDS, ROWS, np.array([7.0, 5, 2**40]))
    assert vectors.counts.dtype == np.int64
    assert vectors.counts.tolist() == [7, 5, 2**40]
    assert vectors.first(2).counts.tolist() == [7, 5]
    assert vectors.replaced(ROWS + 1).counts.tolist() == [7, 5, 2**40]
    plain = KeyedVectors(WORDS, ROWS)
    assert plain.counts is plain.first(2).counts is plain.replaced(ROWS).counts is None


def test_which_rows_have_a_direction():
    assert KeyedVectors(WORDS, ROWS).directed.tolist() == [True, False, True]
    tiny = np.array([[1e-30, 0], [0, 0], [1e-38, 1e-38]], np.float32)
    assert KeyedVectors(WORDS, tiny).directed.tolist() == [True, False, True]
    np.testing.assert_allclose(np.linalg.norm(KeyedVectors(WORDS, tiny).units(["Ab"])), 1)


def test_nothing_can_be_written_to():
    vectors = KeyedVectors(WORDS, ROWS.copy(), np.arange(3))
    for array in (vectors.matrix, vectors.unit, vectors["a"], vectors.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        vectors.words = ()


def test_rows_in_either_case():
    vectors = KeyedVectors(("The", "the", "of"), np.eye(3))
    assert vectors.rows(["the", "THE", "x"]).tolist() == [1, -1, -1]
    assert vectors.rows(["the", "THE", "x"], case="fold").tolist() == [0, 0, -1]
    with pytest.raises(ValueError, match="case: got 'upper', want one of exact, fold"):
        vectors.rows(["the"], case="upper")


def test_lengths_of_any_size_of_block(monkeypatch):
    monkeypatch.setattr("seqjax.vectors.keyed.BLOCK", 7)
    rows = drawn(60, dtype=np.float64).matrix
    want = rows / np.sqrt((rows**2).sum(axis=1))[:, None]
    np.testing.assert_allclose(unit_rows(rows), want, rtol=1e-14)
    with pytest.raises(ValueError, match="'w13' that are not finite"):
        KeyedVectors(drawn().words, np.where(np.arange(60)[:, None] == 13, np.nan, rows))


WRONG = {
    "no words": (((), np.zeros((0, 2))), "matrix: got shape"),
    "no numbers": ((("a",), np.zeros((1, 0))), "matrix: got shape"),
    "one row too few": ((("a", "b"), np.eye(3)[:1]), r"\(1, 3\) for 2 words"),
    "one axis": ((("a",), np.ones(1)), r"\(1,\) for 1 words"),
    "a word twice": ((("a", "b", "a"), np.eye(3)), "words: got 'a' twice"),
    "not a number": ((("a", "b"), np.array([[1.0], [np.nan]])), "matrix: got numbers for 'b'"),
    "infinite": ((("a",), np.array([[np.inf]])), "matrix: got numbers for 'a'"),
    "one count too few": ((("a", "b"), np.eye(2), [1]), r"counts: got shape \(1,\), want \(2,\)"),
    "below 0": ((("a", "b"), np.eye(2), [1, -1]), "counts: got -1 for 'b', want 0, 1, 2"),
    "half a count": ((("a", "b"), np.eye(2), [1.5, 2]), "counts: got 1.5 for 'a'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    arguments, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        KeyedVectors(*arguments)


def test_words_without_vectors_and_directions():
    vectors = KeyedVectors(("king", "queen", "nothing"), np.array([[1.0], [2], [0]]))
    with pytest.raises(ValueError, match="got 'kings', which has no vector; did you mean 'king'"):
        vectors["kings"]
    with pytest.raises(ValueError, match="got 'nothing', whose vector is zero"):
        vectors.units(["king", "nothing"])
    with pytest.raises(ValueError, match="count: got 0"):
        vectors.first(0)
