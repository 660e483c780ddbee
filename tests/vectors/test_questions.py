"""Questions as a person types them: sums of words, the odd one out, and what is no question."""

from __future__ import annotations

import numpy as np
import pytest

from seqjax.vectors import KeyedVectors
from seqjax.vectors.questions import NeighbourOptions, answer, check

VECTORS = KeyedVectors(
    ("file", "name", "new york", "-", "cat"),
    np.array([[1.0, 0, 0], [1, 0.1, 0], [0, 1, 0], [1, 1, 0.1], [0, 0.2, 1]]),
)
OPTIONS = NeighbourOptions(count=2)


def words(text: str, options: NeighbourOptions = OPTIONS) -> list[str]:
    first, *rest = answer(VECTORS, text, options).splitlines()
    assert first == text.strip()
    return [line.split("  ")[1] for line in rest]


def test_answers() -> None:
    assert words("file\n") == ["name", "-"]
    assert words("file", NeighbourOptions(count=1, include=True)) == ["file"]
    assert words("name - file") == ["new york", "-"]
    shown = answer(VECTORS, "file", NeighbourOptions(count=1, metric="euclidean"))
    assert shown == f"file\n  {'name':24} 0.1000"


def test_words_that_hold_blanks_or_are_signs() -> None:
    assert words("new york") == ["-", "cat"]
    assert words("-")[0] == "name"


def test_the_odd_one_out() -> None:
    assert words("odd: file cat name") == ["cat"]
    with pytest.raises(ValueError, match="words: got 2 different ones, want three or more"):
        answer(VECTORS, "odd: file cat", OPTIONS)
    with pytest.raises(ValueError, match="got 'dog', which has no vector"):
        answer(VECTORS, "odd: file cat dog", OPTIONS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("File", "got 'File', which has no vector; did you mean 'file'"),
        ("CAT - file", "got 'CAT', which has no vector; did you mean 'cat'"),
        ("file cat zebra", "got 'zebra', which has no vector"),
        ("file + zebra", "got 'zebra', which has no vector"),
        ("file cat", "'file cat': want words with"),
        ("file -", "'file -': want words with"),
    ],
)
def test_no_question(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answer(VECTORS, text, OPTIONS)


def test_options_out_of_range() -> None:
    with pytest.raises(ValueError, match="count: got 0"):
        check(NeighbourOptions(count=0))
    with pytest.raises(ValueError, match="metric: got 'l2'"):
        check(NeighbourOptions(metric="l2"))
