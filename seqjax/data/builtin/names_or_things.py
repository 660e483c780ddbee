"""Made-up sentences on "Teddy bears" and "Teddy Roosevelt": what comes next says what a word is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.data.builtin.made_up import drawing, part_of, pick

FIRST = ("teddy", "rose", "jack", "olive", "basil", "ruby", "amber", "daisy")
"""A given name, and the first half of a thing."""
FAMILY = ("roosevelt", "carter", "wilson", "adams", "grant", "taylor", "hayes", "pierce")
THINGS = ("bears", "gardens", "knives", "trees", "pots", "rings", "beads", "chains")
OPENINGS = ("he said", "she wrote that", "we read today that", "they tell us", "i heard that")
OF_PERSONS = (
    "was a great president", "won the vote", "spoke for an hour", "met the queen",
    "signed the law", "lost his hat",
)  # fmt: skip
OF_THINGS = (
    "are on sale", "cost a dollar", "sold out at once", "make good gifts", "come in boxes",
    "look lovely here",
)  # fmt: skip
OTHER, NAME = 0, 1
"""Tags."""


class Spoken(NamedTuple):
    """A sentence with a word of two meanings."""

    words: tuple[str, ...]
    tags: tuple[int, ...]
    """NAME for both words of a person's name, else OTHER"""
    first: int
    """where the word of two meanings stands"""


def names_or_things(count: int, *, seed: int, part: str = "train") -> list[Spoken]:
    """``count`` sentences, half of them on a person.

    ``he said teddy roosevelt was a great president``: tags 0 0 1 1 0 0 0 0.
    ``he said teddy bears are on sale``: all 0.

    The opening and the first word of the two are drawn without a look at what the sentence is on:
    who has read only so far can but guess.

    Raises:
      ValueError: for an unknown part or a count below 1.

    >>> spoken = names_or_things(1, seed=0)[0]
    >>> " ".join(spoken.words), spoken.tags, spoken.first
    ('i heard that jack taylor met the queen', (0, 0, 0, 1, 1, 0, 0, 0), 3)
    """
    draw = drawing(part, count, seed=seed)
    found: list[Spoken] = []
    while len(found) < count:
        sentence = _sentence(draw, person=len(found) % 2 == 0)
        if part_of(sentence.words) == part:
            found.append(sentence)
    return found


def _sentence(draw: np.random.Generator, *, person: bool) -> Spoken:
    opening = pick(draw, OPENINGS).split()
    second = pick(draw, FAMILY if person else THINGS)
    rest = pick(draw, OF_PERSONS if person else OF_THINGS).split()
    tag = NAME if person else OTHER
    return Spoken(
        (*opening, pick(draw, FIRST), second, *rest),
        (*[OTHER] * len(opening), tag, tag, *[OTHER] * len(rest)),
        len(opening),
    )
