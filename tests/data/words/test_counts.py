"""Co-occurrences and phrases against brute force."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest

from seqjax.data.words import cooccurrence
from seqjax.data.words.cooccurrence import cooccurrences
from seqjax.data.words.corpus import WordCorpus, from_pieces
from seqjax.data.words.phrases import find_phrases, joined


def corpus(lines: bool = True) -> WordCorpus:
    draw = np.random.default_rng(0)
    text = [f"w{k}" for k in draw.zipf(1.5, 300) % 20]
    for place in draw.integers(0, 300, 25):
        text[place] = "\n"
    return from_pieces(iter([text]), minimum=1, lines=lines, held_out=0.1)


def counted(given: WordCorpus, window: int, symmetric: bool, inverse: bool) -> dict:
    found: dict[tuple[int, int], float] = defaultdict(float)
    line = np.searchsorted(given.starts, np.arange(given.train), side="right")
    for t, c in itertools.combinations(range(given.train), 2):
        if c - t <= window and line[t] == line[c]:
            weight = 1 / (c - t) if inverse else 1.0
            found[int(given.ids[c]), int(given.ids[t])] += weight
            if symmetric:
                found[int(given.ids[t]), int(given.ids[c])] += weight
    return found


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(
    ("weighting", "block", "common"), [("inverse", 1 << 20, 2048), ("inverse", 13, 4),
                                       ("equal", 50, 1)]
)  # fmt: skip
def test_cooccurrences_are_those_of_brute_force(
    symmetric: bool, weighting: str, block: int, common: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is looked at at once, and whatever is counted in a table."""
    monkeypatch.setattr(cooccurrence, "BLOCK", block)
    monkeypatch.setattr(cooccurrence, "COMMON", common)
    given = corpus()
    got = cooccurrences(given, window=4, symmetric=symmetric, weighting=weighting)
    want = counted(given, 4, symmetric, weighting == "inverse")
    pairs = list(zip(got.rows.tolist(), got.columns.tolist(), strict=True))
    assert pairs == sorted(want)
    np.testing.assert_allclose(got.values, [want[pair] for pair in pairs], rtol=1e-6)


def test_a_word_before_counts_for_the_row_of_the_later_one() -> None:
    given = from_pieces(iter([["a", "b", "a", "\n", "b"]]), minimum=1, lines=True)
    one = cooccurrences(given, window=1, symmetric=False)
    assert [*zip(one.rows, one.columns, one.values, strict=True)] == [(0, 1, 1), (1, 0, 1)]
    two = cooccurrences(given, window=2)
    assert [*zip(two.rows, two.columns, two.values, strict=True)] == [
        (0, 0, 1), (0, 1, 2), (1, 0, 2)
    ]  # fmt: skip


def test_counts_refuse_what_gives_none() -> None:
    given = corpus()
    with pytest.raises(ValueError, match="window: got 0"):
        cooccurrences(given, window=0)
    with pytest.raises(ValueError, match="weighting"):
        cooccurrences(given, weighting="linear")
    alone = from_pieces(iter([["a", "\n", "b"]]), minimum=1, lines=True)
    with pytest.raises(ValueError, match="no two words in one line"):
        cooccurrences(alone)


def text() -> list[str]:
    draw = np.random.default_rng(1)
    found = []
    for k in draw.integers(0, 12, 2000):
        found += ["new", "york"] if k == 0 else ["\n"] if k == 1 else [f"w{k}"]
    return found


@pytest.mark.parametrize("scale", ["words", "vocabulary"])
def test_phrases_are_those_of_the_formula(scale: str) -> None:
    tokens = text()
    got = find_phrases([tokens[:777], tokens[777:]], threshold=0.9, minimum=5, scale=scale)
    ones = Counter(t for t in tokens if t != "\n")
    size = len(ones) if scale == "vocabulary" else sum(ones.values())
    want, scores = set(), {}
    for (a, b), n in Counter(itertools.pairwise(tokens)).items():
        if "\n" not in (a, b):
            scores[a, b] = (n - 5) / (ones[a] * ones[b]) * size
            want |= {(a, b)} if scores[a, b] > 0.9 else set()
    assert got == want
    assert (("new", "york") in got) == (scores["new", "york"] > 0.9)
    assert 0 < len(find_phrases([tokens], threshold=0.9)) < len(scores)


def test_the_rarest_pairs_are_forgotten_when_there_are_too_many() -> None:
    """A phrase that is frequent all along is found among pairs that come once each."""
    pieces = [
        [word for j in range(10) for word in ("new", "york", f"a{10 * k + j}", f"b{10 * k + j}")]
        for k in range(40)
    ]
    whole, few = find_phrases(pieces, threshold=0.9), find_phrases(pieces, threshold=0.9, limit=50)
    assert ("new", "york") in whole
    assert few == {("new", "york")}
    # What comes too rarely to be kept until it has come often enough is not found.
    rare = [["to", "be", *(f"c{50 * k + j}" for j in range(50))] for k in range(9)]
    assert ("to", "be") in find_phrases(rare, threshold=0.5)
    assert not find_phrases(rare, threshold=0.5, limit=20)


def test_joined_words_are_joined_once_and_pass_after_pass() -> None:
    tokens = ["a", "new", "york", "times", "b", "new", "york", "\n", "new", "york", "york"]
    passes = [{("new", "york")}, {("new_york", "times")}]
    assert list(joined([tokens], passes[:1])) == [
        ["a", "new_york", "times", "b", "new_york", "\n", "new_york", "york"]
    ]
    assert list(joined([tokens], passes)) == [
        ["a", "new_york_times", "b", "new_york", "\n", "new_york", "york"]
    ]
    same = {("a", "a")}
    assert list(joined([["a", "a", "a"]], [same])) == [["a_a", "a"]]
    assert list(joined([["a"], ["a"]], [same])) == [["a"], ["a"]]


def test_wrong_options_of_phrases_are_refused() -> None:
    for wrong in ({"minimum": 0}, {"threshold": -1.0}, {"scale": "pairs"}, {"limit": 0}):
        with pytest.raises(ValueError, match=r"minimum|scale|limit"):
            find_phrases([["a"]], **wrong)
