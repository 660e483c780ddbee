"""The embedded Reber grammar: a string whose last symbol but one repeats its second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SYMBOLS = "BTPSXVE"
GRAMMAR: tuple[dict[str, int], ...] = (
    {"T": 1, "P": 2},
    {"S": 1, "X": 3},
    {"T": 2, "V": 4},
    {"X": 2, "S": 5},
    {"P": 3, "V": 5},
    {"E": 6},
)
"""State -> the symbols that may follow and the state they lead to, after the B that begins it."""


class Reber(NamedTuple):
    """Strings as ids of ``SYMBOLS``, padded with zeros, and what may follow each symbol."""

    strings: np.ndarray
    """int32 [N, longest]"""
    lengths: np.ndarray
    """int32 [N], of the strings with both ends"""
    legal: np.ndarray
    """bool [N, longest - 1, 7]: the symbols that may stand at t + 1, none in the padding"""


def embedded_reber(count: int, longest: int = 40, *, seed: int) -> Reber:
    """Strings B T r T E and B P r P E, with r of the Reber grammar (Smith and Zipser 1989).

    Experiment 1 of Hochreiter and Schmidhuber (1997), who follow Fahlman (1991): each symbol but
    the first is predicted, with a string right where all symbols held for possible are. Where two
    may follow, both are equally likely. What r is tells nothing of the outer T or P.

    Args:
      count: N.
      longest: strings that chance makes longer are drawn again; 9 is the shortest there is.
      seed: of the choices.

    Raises:
      ValueError: for a count below 1, or a longest below 9.

    >>> rows = embedded_reber(2, seed=0)
    >>> ["".join(SYMBOLS[i] for i in s[:n]) for s, n in zip(rows.strings, rows.lengths)]
    ['BPBPVPXTTTTVVEPE', 'BPBPVVEPE']
    >>> ["".join(s for s, may in zip(SYMBOLS, step) if may) for step in rows.legal[1, :8]]
    ['TP', 'B', 'TP', 'TV', 'PV', 'E', 'P', 'E']
    """
    if count < 1:
        raise ValueError(f"count: got {count}, want 1 or more")
    if longest < 9:
        raise ValueError(f"longest: got {longest}, want 9 or more, the shortest string")
    random = np.random.default_rng(seed)
    strings = np.zeros((count, longest), np.int32)
    lengths = np.zeros(count, np.int32)
    legal = np.zeros((count, longest - 1, len(SYMBOLS)), bool)
    for row in range(count):
        text, choices = _string(random)
        while len(text) > longest:
            text, choices = _string(random)
        lengths[row] = len(text)
        strings[row, : len(text)] = [SYMBOLS.index(symbol) for symbol in text]
        for t, may in enumerate(choices):
            legal[row, t, [SYMBOLS.index(symbol) for symbol in may]] = True
    return Reber(strings, lengths, legal)


def _string(random: np.random.Generator) -> tuple[str, list[str]]:
    """(the string, the symbols that may follow each of its symbols but the last)."""
    outer = "TP"[random.integers(2)]
    text, choices, state = f"B{outer}B", ["TP", "B"], 0
    while state < len(GRAMMAR):
        may = list(GRAMMAR[state])
        symbol = may[random.integers(len(may))]
        text, state = text + symbol, GRAMMAR[state][symbol]
        choices.append("".join(may))
    return f"{text}{outer}E", [*choices, outer, "E"]
