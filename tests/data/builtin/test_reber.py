"""The embedded Reber grammar, against a regular expression of it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from seqjax.data.builtin.reber import SYMBOLS, embedded_reber

# From the picture of the grammar: two ways in, each with a loop; X leads from the upper way to the
# lower one, and P from the lower one to where the upper one ends, from which XP comes back.
LOWER = "T*V(?:PXT*V)*"
INNER = f"B(?:TS*X(?:S|X{LOWER}(?:V|PS))|P{LOWER}(?:V|PS))E"
EMBEDDED = re.compile(f"B([TP]){INNER}\\1E")


def strings(count: int, longest: int, seed: int) -> list[str]:
    ids, lengths, _ = embedded_reber(count, longest, seed=seed)
    return [
        "".join(SYMBOLS[i] for i in row[:n]) for row, n in zip(ids.tolist(), lengths, strict=True)
    ]


def test_strings_are_those_of_the_grammar() -> None:
    made = strings(500, 30, 0)
    assert all(EMBEDDED.fullmatch(text) for text in made)
    assert all(len(text) <= 30 for text in made)
    assert {*"".join(made)} == {*SYMBOLS}
    assert abs(sum(text[1] == "T" for text in made) - 250) < 5 * 500**0.5 / 2
    assert len({*made}) > 100


def test_what_may_follow_is_what_does_follow_in_some_string() -> None:
    """Beginnings are told apart by the text so far, in which other strings must agree."""
    ids, lengths, legal = embedded_reber(3000, 30, seed=1)
    followers: dict[tuple[int, ...], set[int]] = {}
    for row, n in zip(ids.tolist(), lengths, strict=True):
        for t in range(1, n):
            followers.setdefault(tuple(row[:t]), set()).add(row[t])
    common = 0
    for row, n, may in zip(ids.tolist(), lengths, legal, strict=True):
        assert not may[n - 1 :].any()
        assert may.sum(axis=1)[: n - 1].max() <= 2
        # The long lag: the outer symbol is known, and so is the end.
        assert np.argwhere(may[n - 3 : n - 1]).tolist() == [[0, row[1]], [1, SYMBOLS.index("E")]]
        for t in range(1, min(n, 9)):
            seen = followers[tuple(row[:t])]
            assert seen <= {*np.flatnonzero(may[t - 1]).tolist()}
            if t < 5:
                common += 1
                assert seen == {*np.flatnonzero(may[t - 1]).tolist()}
    assert common == 4 * 3000


def test_the_shortest_strings_and_what_cannot_be() -> None:
    assert {len(text) for text in strings(40, 9, 0)} == {9}
    with pytest.raises(ValueError, match="longest: got 8, want 9 or more"):
        embedded_reber(1, 8, seed=0)
    with pytest.raises(ValueError, match="count: got 0, want 1 or more"):
        embedded_reber(0, seed=0)
