"""Made-up sentences whose verb agrees with a noun far before it: "The cats, ..., were full"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data.builtin.made_up import drawing, part_of, pick

NOUNS = (
    ("cat", "cats"), ("dog", "dogs"), ("bird", "birds"), ("cow", "cows"), ("fox", "foxes"),
    ("child", "children"), ("mouse", "mice"), ("goose", "geese"), ("king", "kings"),
    ("guest", "guests"),
)  # fmt: skip
"""Singular and plural."""
VERBS = ("ate", "saw", "liked", "found", "took", "wanted", "smelled", "carried")
"""In the past, which is the same for one and for many."""
FOODS = ("bread", "fish", "rice", "corn", "cheese", "soup", "fruit", "meat")
ADVERBS = ("already", "again", "today", "slowly", "quietly", "often", "there", "early")
WORDS = ("was", "were")
"""The verb by its class: of one, of many."""
SHORTEST = 5


class Agreeing(NamedTuple):
    """A sentence up to its verb."""

    words: tuple[str, ...]
    """the, a noun, a clause between commas"""
    plural: bool
    """whether it goes on with "were" """
    distance: int
    """words between the noun and the verb"""


def agreeing(
    count: int, distances: Sequence[int], *, seed: int, part: str = "train"
) -> list[Agreeing]:
    """``count`` sentences up to the verb, with one of ``distances`` words before it.

    ``the cats , which ate fish already ,`` goes on with ``were full``. The clause
    names other nouns, of one and of many alike, and its verbs are in the past: nothing but the
    first noun says which form it has to be. Half of the sentences have a plural.

    Raises:
      ValueError: for an unknown part, a count below 1, no distances, or one below 5.

    >>> sentence = agreeing(1, [8], seed=0)[0]
    >>> " ".join(sentence.words), sentence.plural, sentence.distance
    ('the kings , which wanted cheese today today already ,', True, 8)
    """
    draw = drawing(part, count, seed=seed)
    if not len(distances) or min(distances) < SHORTEST:
        raise ValueError(
            f"distances: got {list(distances)}, want one or more of {SHORTEST} or more"
        )
    found: list[Agreeing] = []
    while len(found) < count:
        sentence = _sentence(draw, int(pick(draw, distances)), plural=len(found) % 2 == 0)
        if part_of(sentence.words) == part:
            found.append(sentence)
    return found


def _sentence(draw: np.random.Generator, distance: int, *, plural: bool) -> Agreeing:
    noun = pick(draw, NOUNS)[plural]
    clause = [pick(draw, VERBS), pick(draw, FOODS)]
    while len(clause) < distance - 3:
        room = distance - 3 - len(clause)
        clause += _longer(draw) if room >= 7 and draw.random() < 0.7 else [pick(draw, ADVERBS)]
    return Agreeing(("the", noun, ",", "which", *clause, ","), plural, distance)


def _longer(draw: np.random.Generator) -> list[str]:
    """Seven words with two nouns, which do not agree with anything."""
    first, second = (pick(draw, pick(draw, NOUNS)) for _ in range(2))
    return ["after", "the", first, pick(draw, VERBS), "the", second, pick(draw, ADVERBS)]
