"""Made-up sentences with a name at a chosen place, or its two words the wrong way round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data.builtin.made_up import drawing, part_of, pick

GIVEN = ("harry", "hermione", "ron", "neville", "luna", "ginny", "cedric", "cho")
FAMILY = ("potter", "granger", "weasley", "longbottom", "lovegood", "diggory", "chang", "black")
OTHERS = (
    "and", "invented", "a", "new", "spell", "today", "some", "old", "books", "say", "that",
    "many", "people", "saw", "it", "near", "the", "castle", "while", "rain", "fell", "on",
    "grey", "roofs", "again",
)  # fmt: skip
SHORTEST, LONGEST = 8, 14


class Placed(NamedTuple):
    """A sentence that has a given name and a family name side by side."""

    words: tuple[str, ...]
    position: int
    """where the first of the two stands, from 0"""
    named: bool
    """whether they are a name: the given name comes first"""


def placed_names(
    count: int, positions: Sequence[int], *, seed: int, part: str = "train"
) -> list[Placed]:
    """``count`` sentences of 8 to 14 words, with a name at one of ``positions``, or its mirror.

    Half of them hold a name (``harry potter``), the others the same words in the other order
    (``potter harry``): which words there are says nothing, and neither do the words around.

    Raises:
      ValueError: for an unknown part, a count below 1, no positions, or one outside [0, 12].

    >>> placed = placed_names(1, [3], seed=1)[0]
    >>> " ".join(placed.words[3:5]), placed.position, placed.named
    ('ron chang', 3, True)
    """
    draw = drawing(part, count, seed=seed)
    if not len(positions) or not all(0 <= p <= LONGEST - 2 for p in positions):
        raise ValueError(
            f"positions: got {list(positions)}, want one or more in [0, {LONGEST - 2}]"
        )
    found: list[Placed] = []
    while len(found) < count:
        sentence = _sentence(draw, int(pick(draw, positions)), len(found) % 2 == 0)
        if part_of(sentence.words) == part:
            found.append(sentence)
    return found


def _sentence(draw: np.random.Generator, position: int, named: bool) -> Placed:
    length = int(draw.integers(max(SHORTEST, position + 2), LONGEST + 1))
    words = [pick(draw, OTHERS) for _ in range(length)]
    pair = [pick(draw, GIVEN), pick(draw, FAMILY)]
    words[position : position + 2] = pair if named else pair[::-1]
    return Placed(tuple(words), position, named)
