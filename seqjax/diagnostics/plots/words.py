"""Labels of plots in the languages of the report."""

from __future__ import annotations

from seqjax.diagnostics.plots import style


def label(language: str, en: str, ko: str) -> str:
    """The label in that language; in English where no font has the glyphs.

    Raises:
      ValueError: for another language than en and ko.

    >>> label("en", "steps", "스텝")
    'steps'
    """
    if language not in ("en", "ko"):
        raise ValueError(f"language: got {language!r}, want en or ko")
    return ko if language == "ko" and style.korean_font() else en
