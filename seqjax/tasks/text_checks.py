"""Inputs that are texts, or the tokens of one: whether what is given is such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_text(value: Any, number: int, name: str = "inputs") -> None:
    """Raises a ValueError for something else than a text, the ``number``-th of its list."""
    if not isinstance(value, str):
        raise ValueError(f"{name}: got {value!r} as number {number}, want a text")


def check_text_or_tokens(value: Any, number: int, name: str = "inputs") -> None:
    """The same, for a text or a list of its tokens."""
    tokens = isinstance(value, Sequence) and not isinstance(value, bytes | bytearray)
    if not tokens or any(not isinstance(token, str) for token in value):
        raise ValueError(f"{name}: got {value!r} as number {number}, want a text or its tokens")
