"""Which word gets which vector, and how much of a text the vectors know."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest

from seqjax.data import UNK, Vocabulary
from seqjax.data.formats.vector_readers import Vectors
from seqjax.data.transfer import coverage, encode, rows

VECTORS = Vectors(("the", "pear", "Apple", "apple", "durian"), np.arange(10.0).reshape(5, 2))
COUNTS = Counter({"The": 6, "apple": 2, "plum": 1, "Pear": 1, "rare": 1, "durian": 1})
VOCABULARY = Vocabulary((UNK, "The", "apple", "plum", "Pear"))


def test_rows_of_training_words_then_those_that_only_the_file_has() -> None:
    made = rows(VOCABULARY, VECTORS, lower=False)
    assert made.vocabulary.tokens == (*VOCABULARY.tokens, "the", "pear", "Apple", "durian")
    assert made.covered.tolist() == [False, False, True, False, False]
    np.testing.assert_array_equal(made.w[2], [6, 7])
    np.testing.assert_array_equal(made.w[0], [4, 5])  # the mean of the file
    np.testing.assert_array_equal(made.unseen, [[0, 1], [2, 3], [4, 5], [8, 9]])
    assert made.w.dtype == np.float32


def test_a_word_without_a_vector_has_that_of_its_lower_case_form() -> None:
    made = rows(VOCABULARY, VECTORS, lower=True)
    assert made.covered.tolist() == [False, True, True, False, True]
    np.testing.assert_array_equal(made.w[[1, 2, 4]], [[0, 1], [6, 7], [2, 3]])
    assert made.vocabulary.tokens == (*VOCABULARY.tokens, "the", "pear", "Apple", "durian")
    own = Vectors(("Apple", "apple"), np.eye(2))
    np.testing.assert_array_equal(rows(Vocabulary(("Apple",)), own, lower=True).w, [[1, 0]])


def test_the_file_may_have_a_vector_for_unknown_words() -> None:
    own = Vectors(("a", UNK), np.array([[1.0, 2], [3, 4]]))
    made = rows(Vocabulary((UNK, "a")), own, lower=True)
    np.testing.assert_array_equal(made.w, [[3, 4], [1, 2]])
    assert made.unseen.shape == (0, 2)


def test_other_rows_are_as_wide_spread_as_the_file_and_follow_the_seed() -> None:
    words = Vocabulary(("a", *map(str, range(3000))))
    spread = Vectors(("a", "b"), np.array([[5.0, -5, 5], [-5, 5, -5]]))
    made = rows(words, spread, lower=True, seed=1)
    drawn = made.w[1:]
    assert abs(drawn.std() - 5) < 0.2 and abs(drawn.mean()) < 0.2
    np.testing.assert_array_equal(made.w, rows(words, spread, lower=True, seed=1).w)
    assert (rows(words, spread, lower=True, seed=2).w[1:] != drawn).all()


def test_words_of_other_texts() -> None:
    """Known from training, from the file alone, by the lower-case form, or not at all."""
    whole = rows(VOCABULARY, VECTORS, lower=True).vocabulary
    words = ["The", "durian", "Durian", "APPLE", "Kiwi", "Apple"]
    ids = encode(whole, iter(words), lower=True)
    assert ids.dtype == np.int32
    assert whole.decode(ids) == ["The", "durian", "durian", "apple", UNK, "Apple"]
    assert whole.decode(encode(whole, words, lower=False))[2:4] == [UNK, UNK]
    with pytest.raises(ValueError, match="got 'Kiwi' at position 0"):
        encode(Vocabulary(("kiwis",)), ["Kiwi"], lower=True)


def test_coverage_counts_words_of_the_vocabulary_and_all_running_words() -> None:
    counts = COUNTS + Counter({"Durian": 4, UNK: 4})
    share = coverage(rows(VOCABULARY, VECTORS, lower=True), counts, lower=True)
    # The, apple, Pear and durian but not plum; Durian is too rare for a row of its own.
    assert share.words == 4 / 5
    assert share.tokens == 14 / 20
    share = coverage(rows(VOCABULARY, VECTORS, lower=False), counts, lower=False)
    assert share == (2 / 5, 3 / 20)


def test_refuses() -> None:
    with pytest.raises(ValueError, match="vectors: got none"):
        rows(VOCABULARY, Vectors((), np.zeros((0, 2))), lower=True)
    message = "vectors: got 5 words, of which the training text has none, .* the, pear, Apple there"
    with pytest.raises(ValueError, match=message):
        rows(Vocabulary((UNK, "사과")), VECTORS, lower=True)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_in_another_form_of_unicode_are_the_same(form: str) -> None:
    words = tuple(unicodedata.normalize(form, word) for word in ("café", "naïve", "über"))
    vectors = Vectors(words, np.eye(3, dtype=np.float32))
    found = rows(Vocabulary((UNK, "Café", "tea")), vectors, lower=True)
    assert found.covered.tolist() == [False, True, False]
    assert found.w[1].tolist() == [1, 0, 0]
    assert found.vocabulary.tokens[3:] == ("café", "naïve", "über")
    text = [unicodedata.normalize("NFD", "naïve"), "naïve"]
    assert encode(found.vocabulary, text, lower=False).tolist() == [4, 4]
