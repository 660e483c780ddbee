"""Sums of words as people write them: king - man + woman."""

from __future__ import annotations

from seqjax.vectors.nearest import Query

SIGNS = ("+", "-")


def parse(text: str) -> Query:
    """The words that a line adds and subtracts; a sign stands alone, with blanks around it.

        king - man + woman    king and woman, less man
        mother-in-law         one word

    Raises:
      ValueError: for no words, two signs or two words in a row, a sign at the end.
    """
    text = text.strip()
    words: dict[str, list[str]] = {sign: [] for sign in SIGNS}
    pieces = text.split()
    if pieces and pieces[0] not in SIGNS:
        pieces.insert(0, "+")
    if not pieces or len(pieces) % 2:
        raise ValueError(f"{text!r}: want words with + or - between them, and blanks around these")
    for sign, word in zip(pieces[::2], pieces[1::2], strict=True):
        if sign not in SIGNS or word in SIGNS:
            wrong = word if word in SIGNS else sign
            raise ValueError(f"{text!r}: got {wrong!r}, want words with + or - between them")
        words[sign].append(word)
    return Query(tuple(words["+"]), tuple(words["-"]))
