"""The form in which text is compared: both sides of every metric, and of every lookup."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any


def composed(text: str) -> str:
    r"""Text in the composed form of Unicode, NFC: é is one character, however it was typed.

    >>> composed("e\u0301") == "é"
    True
    """
    return unicodedata.normalize("NFC", text)


def composed_all(tokens: Iterable[Any]) -> list[Any]:
    r"""Tokens, those that are text in NFC; of a str its characters.

    >>> composed_all("e\u0301"), composed_all(["e\u0301", 3])
    (['é'], ['é', 3])
    """
    if isinstance(tokens, str):
        return list(composed(tokens))
    return [composed(token) if isinstance(token, str) else token for token in tokens]
