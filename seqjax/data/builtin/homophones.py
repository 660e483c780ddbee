"""Made-up sentences with a word that sounds like another: "the apple and pear salad", or pair."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqjax.data.builtin.made_up import drawing, part_of, pick


class Use(NamedTuple):
    """What stands with a word, and not with the one that sounds like it."""

    before: tuple[str, ...]
    """right before it"""
    after: tuple[str, ...]
    """said of it, later in the sentence"""


PAIRS = (
    ("pear", "pair"), ("flour", "flower"), ("knight", "night"), ("hare", "hair"),
    ("tale", "tail"), ("steak", "stake"), ("sun", "son"), ("route", "root"),
)  # fmt: skip
USES = {
    "pear": Use(("apple and", "ripe", "juicy"), ("fell off the tree", "made a sweet salad")),
    "pair": Use(("matching", "happy", "married"), ("danced all evening", "wore the same hats")),
    "flour": Use(("wheat and", "sifted", "milled"), ("was baked into bread", "made the dough dry")),
    "flower": Use(("blooming", "wilted", "scented"), ("opened in spring", "stood in a vase")),
    "knight": Use(("armoured", "brave", "noble"), ("drew a sword", "rode to the castle")),
    "night": Use(("dark", "moonless", "starry"), ("ended at dawn", "followed the evening")),
    "hare": Use(("jumping", "wild", "hunted"), ("ate the carrots", "hid from a fox")),
    "hair": Use(("curly", "combed", "brown"), ("was cut too short", "grew very long")),
    "tale": Use(("fairy", "printed", "rhyming"), ("was read aloud", "was about dragons")),
    "tail": Use(("wagging", "bushy", "curled"), ("hung behind the cat", "swished at flies")),
    "steak": Use(("grilled", "tender", "salted"), ("came with potatoes", "tasted of pepper")),
    "stake": Use(("wooden", "pointed", "hammered"), ("held up the fence", "marked the border")),
    "sun": Use(("rising", "shining", "setting"), ("warmed the beach", "melted the snow")),
    "son": Use(("eldest", "only", "clever"), ("went to school", "obeyed the mother")),
    "route": Use(("shortest", "scenic", "planned"), ("led to the station", "avoided the hills")),
    "root": Use(("deep", "buried", "muddy"), ("drew up water", "kept the oak upright")),
}
OPENINGS = ("i think", "she said", "we know", "they say", "he wrote", "you see")
NEUTRAL = (
    "came up again", "surprised us", "was what they meant", "was new to me", "is worth a look",
    "made us talk",
)  # fmt: skip
BETWEEN = (
    "that my friend mentioned", "which we had talked about", "we thought of last summer",
    "that nobody else had noticed", "i described to you", "which they have a picture of",
)  # fmt: skip
KINDS = ("near", "far")


class Heard(NamedTuple):
    """A sentence, and another that sounds the same and makes no sense."""

    words: tuple[str, ...]
    other: tuple[str, ...]
    """``words`` with the homophone"""
    kind: str
    """near: the word before decides; far: words decide that come five or more later"""


def homophones(count: int, *, seed: int, part: str = "train") -> list[Heard]:
    """``count`` sentences, half of each kind, with what else could have been heard.

        near   she said the juicy pear surprised us              she said the juicy pair ...
        far    we know the son that my friend mentioned went to school     we know the sun ...

    All 16 words are as frequent, in training as in the test.

    Raises:
      ValueError: for an unknown part or a count below 1.

    >>> heard = homophones(1, seed=0)[0]
    >>> " ".join(heard.words), heard.other[-3], heard.kind
    ('they say the eldest son surprised us', 'sun', 'near')
    """
    draw = drawing(part, count, seed=seed)
    found: list[Heard] = []
    while len(found) < count:
        pair, which = pick(draw, PAIRS), int(draw.integers(2))
        # The word stays until a sentence of the part is drawn: else one that has more sentences in
        # the test would be rarer in training, and counts would prefer the other.
        while part_of((heard := _heard(draw, KINDS[len(found) % 2], pair, which)).words) != part:
            pass
        found.append(heard)
    return found


def _heard(draw: np.random.Generator, kind: str, pair: tuple[str, str], which: int) -> Heard:
    use = USES[pair[which]]
    opening = pick(draw, OPENINGS)
    if kind == "near":
        frame = f"{opening} the {pick(draw, use.before)} _ {pick(draw, NEUTRAL)}"
    else:
        frame = f"{opening} the _ {pick(draw, BETWEEN)} {pick(draw, use.after)}"
    words, other = (
        tuple(frame.replace("_", word).split()) for word in (pair[which], pair[1 - which])
    )
    return Heard(words, other, kind)
