"""Phrases: words that stand together more often than chance has it, joined to one (word2phrase)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from seqjax.data.words.text_pieces import NEWLINE

JOINT = "_"
SCALES = ("words", "vocabulary")
LIMIT = 1 << 24
"""Pairs, and words, that are kept apart at once while they are counted: a few GiB."""

Unit = TypeVar("Unit", bound=Hashable)
"""A word, or a pair of words."""


def find_phrases(
    pieces: Iterable[list[str]],
    *,
    minimum: int = 5,
    threshold: float = 100.0,
    scale: str = "words",
    limit: int = LIMIT,
) -> set[tuple[str, str]]:
    """The pairs (a, b) with score(a, b) > threshold; no pair reaches over a line end.

        score = (c_ab - minimum) / (c_a c_b) · N     (Mikolov et al. 2013, equation 6)

    Args:
      pieces: tokens, as ``text_pieces.pieces`` gives them.
      minimum: how often a and b must each occur; it is taken from c_ab too.
      scale: what N is: the ``words`` of the text (word2phrase), or the size of the ``vocabulary``
        (gensim's original_scorer), which finds far fewer at one threshold.
      limit: of pairs, and of words, that are counted at once. When there are more, the rarest so
        far are forgotten, as by word2phrase, and one that comes again begins anew.

    Raises:
      ValueError: for a minimum or a limit below 1, a threshold below 0, an unknown scale.

    >>> text = ["in", "new", "york", "on", "new", "york"] * 5
    >>> find_phrases([text], minimum=1, threshold=3.5)
    set()
    """
    if minimum < 1 or not threshold >= 0:
        raise ValueError(
            f"minimum, threshold: got {minimum} and {threshold}, want 1 or more and 0 or more"
        )
    if scale not in SCALES:
        raise ValueError(f"scale: got {scale!r}, want one of {', '.join(SCALES)}")
    if limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more")
    word_counts: Counter[str] = Counter()
    pair_counts: Counter[tuple[str, str]] = Counter()
    floors = [0, 0]
    last = NEWLINE
    for piece in pieces:
        word_counts.update(piece)
        pair_counts.update(zip([last, *piece], piece, strict=False))
        last = piece[-1] if piece else last
        floors = [_prune(word_counts, limit, floors[0]), _prune(pair_counts, limit, floors[1])]
    del word_counts[NEWLINE]
    frequent = sum(count for count in word_counts.values() if count >= minimum)
    size = len(word_counts) if scale == "vocabulary" else frequent
    return {
        (a, b)
        for (a, b), together in pair_counts.items()
        if word_counts[a] >= minimum <= word_counts[b]
        and (together - minimum) / (word_counts[a] * word_counts[b]) * size > threshold
    }


def _prune(counts: Counter[Unit], limit: int, floor: int) -> int:
    """Leaves out the rarest until there are ``limit``; returns the count up to which it went.

    ``floor``: what it returned before. Each time it goes one further, as word2phrase does.
    """
    while len(counts) > limit:
        floor += 1
        for rare in [each for each, count in counts.items() if count <= floor]:
            del counts[rare]
    return floor


def joined(
    pieces: Iterable[list[str]], passes: Sequence[set[tuple[str, str]]]
) -> Iterator[list[str]]:
    """The pieces with phrases as one token, a_b, from left to right; pass after pass.

    A phrase that two pieces share stays two words.

    >>> list(joined([["in", "new", "york"]], [{("new", "york")}]))
    [['in', 'new_york']]
    """
    for piece in pieces:
        for pairs in passes:
            piece = list(_joined(piece, pairs))
        yield piece


def _joined(tokens: list[str], pairs: set[tuple[str, str]]) -> Iterator[str]:
    previous: str | None = None
    for token in tokens:
        if previous is not None and (previous, token) in pairs:
            yield previous + JOINT + token
            previous = None
            continue
        if previous is not None:
            yield previous
        previous = token
    if previous is not None:
        yield previous
