"""Phrases: words that stand together more often than chance has it, joined to one (word2phrase)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from seqjax.data.word_corpus import NEWLINE

JOINT = "_"
SCALES = ("words", "vocabulary")


def find_phrases(
    pieces: Iterable[list[str]],
    *,
    minimum: int = 5,
    threshold: float = 100.0,
    scale: str = "words",
) -> set[tuple[str, str]]:
    """The pairs (a, b) with score(a, b) > threshold; no pair reaches over a line end.

        score = (c_ab - minimum) / (c_a c_b) · N     (Mikolov et al. 2013, equation 6)

    Args:
      pieces: tokens, as ``word_corpus.pieces`` gives them.
      minimum: how often a and b must each occur; it is taken from c_ab too.
      scale: what N is: the ``words`` of the text (word2phrase), or the size of the ``vocabulary``
        (gensim's original_scorer), which finds far fewer at one threshold.

    Raises:
      ValueError: for a minimum below 1, a threshold below 0, an unknown scale.
    """
    if minimum < 1 or not threshold >= 0:
        raise ValueError(
            f"minimum, threshold: got {minimum} and {threshold}, want 1 or more and 0 or more"
        )
    if scale not in SCALES:
        raise ValueError(f"scale: got {scale!r}, want one of {', '.join(SCALES)}")
    ones: Counter[str] = Counter()
    twos: Counter[tuple[str, str]] = Counter()
    last = NEWLINE
    for piece in pieces:
        ones.update(piece)
        twos.update(zip([last, *piece], piece, strict=False))
        last = piece[-1] if piece else last
    del ones[NEWLINE]
    size = len(ones) if scale == "vocabulary" else sum(n for n in ones.values() if n >= minimum)
    return {
        (a, b)
        for (a, b), together in twos.items()
        if ones[a] >= minimum <= ones[b]
        and (together - minimum) / (ones[a] * ones[b]) * size > threshold
    }


def joined(
    pieces: Iterable[list[str]], passes: Sequence[set[tuple[str, str]]]
) -> Iterator[list[str]]:
    """The pieces with phrases as one token, a_b, from left to right; pass after pass.

    A phrase that two pieces share stays two words.
    """
    for piece in pieces:
        for pairs in passes:
            piece = list(_joined(piece, pairs))
        yield piece


def _joined(tokens: list[str], pairs: set[tuple[str, str]]) -> Iterator[str]:
    held: str | None = None
    for token in tokens:
        if held is not None and (held, token) in pairs:
            yield held + JOINT + token
            held = None
            continue
        if held is not None:
            yield held
        held = token
    if held is not None:
        yield held
