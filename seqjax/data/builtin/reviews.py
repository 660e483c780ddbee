"""Made-up reviews of restaurants: some told by their words, others by negation or order alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.data.builtin.made_up import drawing, part_of, pick

ASPECTS = (
    "taste", "service", "ambience", "food", "wine", "music", "bread", "soup", "staff", "coffee",
    "lighting", "dessert",
)  # fmt: skip
GOOD = ("good", "great", "lovely", "superb", "fine", "pleasant", "decent", "excellent")
BAD = ("bad", "awful", "poor", "dreadful", "terrible", "nasty", "dismal", "horrible")
STATED = ("there was", "we found", "expect", "you will get")
NEGATED = ("completely lacking in", "without any", "not a trace of", "never any")
ORDERED = (
    "the {a} was {x} , not {y}",
    "we expected {y} {a} but got {x} {a}",
    "the {a} used to be {y} and is {x} now",
    "not {y} but {x} {a}",
    "{x} {a} instead of {y} {a}",
)
"""x is what the review says, y what it does not."""
KINDS = ("plain", "negation", "order")
SHARES = (0.5, 0.25, 0.25)


class Review(NamedTuple):
    """A review and what it says."""

    words: tuple[str, ...]
    positive: bool
    kind: str
    """plain: its words tell; negation: they tell the opposite; order: they tell nothing"""


def reviews(count: int, *, seed: int, part: str = "train") -> list[Review]:
    """``count`` reviews, half of them plain, a quarter with negation, a quarter told by order.

        plain      there was good taste , great service and fine ambience           positive
        negation   completely lacking in good taste , great service and fine music  negative
        order      the food was good , not bad                                      positive
                   the food was bad , not good                                      negative

    Half of each kind are positive. A review of kind order has a twin of the same words that says
    the opposite. The split is by the words of a review whatever their order, so that twins are in
    one part.

    Raises:
      ValueError: for an unknown part or a count below 1.

    >>> review = reviews(2, seed=0)[1]
    >>> " ".join(review.words), review.positive, review.kind
    ('expect decent ambience , great soup and good food', True, 'plain')
    """
    draw = drawing(part, count, seed=seed)
    found: list[Review] = []
    while len(found) < count:
        kind = str(draw.choice(KINDS, p=SHARES))
        review = _review(draw, kind, positive=bool(draw.integers(2)))
        if part_of(sorted(review.words)) == part:
            found.append(review)
    return found


def _review(draw: np.random.Generator, kind: str, *, positive: bool) -> Review:
    said, unsaid = (GOOD, BAD) if positive else (BAD, GOOD)
    if kind == "order":
        text = pick(draw, ORDERED).format(
            a=pick(draw, ASPECTS), x=pick(draw, said), y=pick(draw, unsaid)
        )
        return Review(tuple(text.split()), positive, kind)
    opening = pick(draw, STATED if kind == "plain" else NEGATED)
    x, y, z = (pick(draw, said if kind == "plain" else unsaid) for _ in range(3))
    a, b, c = (ASPECTS[k] for k in draw.permutation(len(ASPECTS))[:3])
    text = f"{opening} {x} {a} , {y} {b} and {z} {c}"
    return Review(tuple(text.split()), positive, kind)
