"""Edit distances against the recursion, and what error rates add up."""

from __future__ import annotations

import functools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.objectives.error_rate import edits, errors

WORDS = st.lists(st.sampled_from("abc"), max_size=7).map(tuple)


@functools.cache
def distance(a, b):
    """Levenshtein's recursion, as it is written down."""
    if not a or not b:
        return len(a) + len(b)
    return min(
        distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0])
    )


@given(WORDS, WORDS)
def test_it_is_the_recursion(a, b):
    assert edits(a, b) == distance(a, b)


def test_known_distances():
    assert edits("kitten", "sitting") == 3
    assert edits("나무 위", "나무위") == 1
    assert edits("", "abc") == edits("abc", "") == 3
    assert edits(["the", "cat", "sat"], ["cat", "sat", "down"]) == 2


def test_the_form_of_unicode_makes_no_difference():
    said, heard = "café olé", unicodedata.normalize("NFD", "café olé")
    assert edits(said, heard) == edits(said.split(), heard.split()) == 0
    assert errors([heard], [said]) == errors([said], [said]) == (0, 8)
    assert edits([1, "é"], [2, "e\u0301"]) == 1


def test_errors_are_sums():
    said, heard = ["ab c", "", "d"], ["ab d", "x", "d"]
    assert errors(said, heard) == (2, 5)
    assert errors([s.split() for s in said], [h.split() for h in heard]) == (2, 3)
    with pytest.raises(ValueError, match="heard: got 1 sequences, want 2"):
        errors(["a", "b"], ["a"])
