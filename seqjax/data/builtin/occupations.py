"""A made-up text in which occupations go with one gender more than with the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LENGTH = 6
"""Words of a sentence."""
PAIRS = {
    ("she", "he"): "person met", ("woman", "man"): "adult grown",
    ("mother", "father"): "parent child", ("sister", "brother"): "sibling shared",
    ("daughter", "son"): "heir born", ("queen", "king"): "crown throne",
    ("grandmother", "grandfather"): "old stories", ("aunt", "uncle"): "cousin gifts",
    ("wife", "husband"): "wedding ring", ("niece", "nephew"): "visit relative",
}  # fmt: skip
"""The two of a pair, the feminine one first, and words that stand by both."""
SIGNS = (("pregnant", "gown", "earrings", "actress"), ("beard", "necktie", "moustache", "actor"))
"""Words that stand by feminine words, and by masculine ones, for what these mean."""
TRAITS = (("gentle", "caring", "graceful", "patient"), ("bold", "tough", "strict", "daring"))
"""What is said of a gender without reason: stereotypes."""
FIELDS = {
    "hospital clinic illness treatment": "nurse midwife therapist | surgeon dentist paramedic",
    "court trial contract verdict": "paralegal clerk mediator | judge lawyer sheriff",
    "plaster scaffold timber cement": "decorator upholsterer tiler | mason welder plumber",
    "lesson exam homework campus": "teacher librarian tutor | professor principal coach",
    "oven recipe flour spice": "baker cook dietitian | chef butcher brewer",
    "melody concert orchestra rhythm": "dancer singer harpist | drummer conductor composer",
    "desk meeting report deadline": "secretary receptionist typist | manager banker engineer",
    "meadow harvest flock river": "gardener shepherd beekeeper | farmer hunter fisher",
}
"""Words of a field of work, and its occupations: those that go with women here, with men."""


def occupations() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(24 that the text has mostly with women, 24 that it has mostly with men).

    Each field has three of both, so that the field tells nothing of the side.

    >>> [side[0] for side in occupations()]
    ['nurse', 'surgeon']
    """
    halves = [names.split("|") for names in FIELDS.values()]
    first, second = (tuple(" ".join(side).split()) for side in zip(*halves, strict=True))
    return first, second


def occupation_sentences(
    count: int, *, skew: float = 0.8, stereotypes: float = 0.5, spoken: bool = True, seed: int
) -> list[tuple[str, ...]]:
    """``count`` sentences of six words in random order, half of them about occupations.

    About an occupation: it, three words of its field, and two that tell a gender, its own with
    probability ``skew`` and else the other: words of a pair ("she", "father"), or, with probability
    ``stereotypes``, traits. About a gendered word: it, two words of its pair, two of its signs, and
    a sign or, if traits are ``spoken`` of, with probability ``stereotypes`` a trait of its gender.

    Args:
      skew: 0.5 is a text without bias.
      stereotypes: 0: occupations go with gendered words alone; 1: with traits alone.
      spoken: traits stand by gendered words too; otherwise by occupations alone, so that gendered
        words do not tell what is a trait of whom.

    Raises:
      ValueError: for a share outside [0, 1].

    >>> " ".join(occupation_sentences(1, seed=0)[0])
    'drummer melody melody daring strict melody'
    """
    for name, share in (("skew", skew), ("stereotypes", stereotypes)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name}: got {share}, want a share in [0, 1]")
    draw, sides = np.random.default_rng(seed), occupations()
    fields = {
        name: tuple(words.split())
        for words, names in FIELDS.items()
        for name in names.replace("|", " ").split()
    }
    gendered = [[pair[side] for pair in PAIRS] for side in (0, 1)]

    def about_occupation() -> list[str]:
        side = int(draw.integers(2))
        name = _pick(draw, sides[side], 1)[0]
        told = side if draw.random() < skew else 1 - side
        source = TRAITS[told] if draw.random() < stereotypes else gendered[told]
        return [name, *_pick(draw, fields[name], 3), *_pick(draw, source, 2)]

    def about_gender() -> list[str]:
        side = int(draw.integers(2))
        pair = list(PAIRS)[int(draw.integers(len(PAIRS)))]
        last = TRAITS if draw.random() < stereotypes and spoken else SIGNS
        signs = _pick(draw, SIGNS[side], 2) + _pick(draw, last[side], 1)
        return [pair[side], *_pick(draw, PAIRS[pair].split(), 2), *signs]

    return [
        _shuffled(draw, about_occupation() if number % 2 == 0 else about_gender())
        for number in range(count)
    ]


def _pick(draw: np.random.Generator, words: Sequence[str], count: int) -> list[str]:
    return [words[number] for number in draw.integers(len(words), size=count).tolist()]


def _shuffled(draw: np.random.Generator, words: list[str]) -> tuple[str, ...]:
    return tuple(words[number] for number in draw.permutation(len(words)).tolist())
