"""Words that have no vector: how a message lists them, and what was perhaps meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from seqjax.basics.unicode_form import composed

SHOWN = 6
"""Words that a message lists at most."""
COMMONEST = 1 << 16
"""Words that others are compared with, letter by letter."""


def shown(words: Sequence[str]) -> str:
    """The first words of a list, and how many more there are.

    >>> shown(["a", "b"]), shown("abcdefgh")
    ("'a', 'b'", "'a', 'b', 'c', 'd', 'e', 'f' and 2 more")
    """
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(map(repr, words[:SHOWN])) + more


def unknown_words(unknown: Sequence[str], words: Sequence[str], folded: Mapping[str, int]) -> str:
    """A message about words that have no vector, with those that are spelled alike.

    Args:
      words: all that have one, the commonest first.
      folded: the number of each of these, in capitals.

    >>> unknown_words(["Cat", "cow"], ["cat", "dog"], {"CAT": 0, "DOG": 1})
    "words: got 'Cat', 'cow', which have no vectors; did you mean 'cat' for 'Cat'?"
    """
    pairs = [(word, _alike(word, words, folded)) for word in unknown[:SHOWN]]
    if len(unknown) == 1:
        hint = f"; did you mean {_named(*pairs[0])}?" if pairs[0][1] else ""
        return f"word: got {unknown[0]!r}, which has no vector{hint}"
    hints = ", ".join(f"{_named(word, other)} for {word!r}" for word, other in pairs if other)
    hint = f"; did you mean {hints}?" if hints else ""
    return f"words: got {shown(unknown)}, which have no vectors{hint}"


def _named(word: str, other: str) -> str:
    """The other word; what looks the same is told apart by its characters."""
    if composed(word) == composed(other):
        return f"{other!r}, in another form of Unicode ({other!a}, not {word!a})"
    return repr(other)


def _alike(word: str, words: Sequence[str], folded: Mapping[str, int]) -> str:
    if (key := composed(word).upper()) in folded:  # in other capitals it is the same word
        return words[folded[key]]
    return next(iter(difflib.get_close_matches(word, words[:COMMONEST], n=1)), "")
