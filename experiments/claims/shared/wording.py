"""Words of a plot in the language of the report."""

from __future__ import annotations

from experiments.claims.claim import Text


def chosen(text: Text, language: str) -> str:
    """The words in "en" or "ko".

    Raises:
      ValueError: for another language.

    >>> chosen(Text("distance", "거리"), "ko")
    '거리'
    """
    if language not in Text._fields:
        raise ValueError(f"language: got {language!r}, want one of {', '.join(Text._fields)}")
    words: str = getattr(text, language)
    return words
