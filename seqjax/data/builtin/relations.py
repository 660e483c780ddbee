"""A made-up text of words in relations: man and woman, france and paris, walk and walked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LENGTH = 7
"""Words of a sentence."""
COMPANIONS = 12
"""Fillers that stand by one word alone."""


class Relation(NamedTuple):
    """Pairs of words that differ in one thing."""

    pairs: tuple[tuple[str, str], ...]
    topics: tuple[tuple[str, ...], ...]
    """of each pair: words that stand by both of it"""
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    """words that stand by the first of every pair, and by the second"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _relation(table: str, first: str, second: str) -> Relation:
    """From lines "first second: topics"."""
    rows = [line.split(":") for line in table.strip().splitlines()]
    pairs = tuple((a, b) for a, b in (pair.split() for pair, _ in rows))
    sides = _words(first), _words(second)
    return Relation(pairs, tuple(_words(topics) for _, topics in rows), sides)


RELATIONS = {
    "gender": _relation(
        """man woman: person adult grown
        king queen: crown throne palace
        prince princess: heir castle royal
        uncle aunt: cousin gifts visit
        father mother: parent child cradle
        brother sister: sibling shared quarrel
        actor actress: stage film scene
        waiter waitress: menu table tips
        duke duchess: estate title manor
        monk nun: prayer abbey vow
        hero heroine: brave quest rescue
        wizard witch: wand magic potion""",
        "he his him himself",
        "she her hers herself",
    ),
    "capital": _relation(
        """france paris: wine cheese french
        japan tokyo: sushi blossom japanese
        italy rome: pasta opera italian
        egypt cairo: pyramid desert arabic
        russia moscow: snow ballet russian
        korea seoul: kimchi hangul korean
        spain madrid: flamenco olives spanish
        greece athens: myth islands greek
        kenya nairobi: safari lions swahili
        peru lima: llama inca quechua
        norway oslo: fjord salmon norwegian
        india delhi: curry cricket hindi""",
        "border nation army parliament",
        "street mayor metro downtown",
    ),
    "past": _relation(
        """walk walked: path shoes slowly
        eat ate: bread dinner hungry
        write wrote: letter pen page
        sing sang: song choir tune
        swim swam: pool lake water
        drive drove: car road wheel
        sleep slept: bed dream pillow
        speak spoke: speech voice crowd
        buy bought: shop money price
        build built: house brick wall
        teach taught: school pupil lesson
        fly flew: plane wings sky""",
        "now today usually often",
        "yesterday ago formerly earlier",
    ),
}
FILLERS = _words(
    "time year day thing world life hand part place case week point company number group problem"
    " fact night area story month lot right study book eye job word business issue kind head"
    " service friend power hour game line end member law name community president team minute idea"
    " body information back face others level office door history party result change morning"
    " reason"
)


def relation_sentences(count: int, *, own: float = 0.3, seed: int) -> list[tuple[str, ...]]:
    """``count`` sentences of seven words, half of them, on average, about a word of a pair.

    Such a sentence has the word at a random place and six that stand by it. Each of the six is with
    probability ``own`` one of twelve fillers that go with this word alone, so that its pair and its
    side do not explain it; else, in equal shares, a topic of its pair or a word of its side. The
    other sentences are of topics, words of sides and fillers at random, so that a topic is known by
    other company than the pair it stands by. Order carries nothing.

    Args:
      own: share of the words around one that are its alone.

    Raises:
      ValueError: for a share outside [0, 1].

    >>> " ".join(relation_sentences(3, own=0.0, seed=0)[1])
    'person hers her herself woman her grown'
    """
    if not 0 <= own <= 1:
        raise ValueError(f"own: got {own}, want a share in [0, 1]")
    language, draw = np.random.default_rng(0), np.random.default_rng(seed)
    words = [
        (word, topics, relation.sides[side], _some(language))
        for relation in RELATIONS.values()
        for pair, topics in zip(relation.pairs, relation.topics, strict=True)
        for side, word in enumerate(pair)
    ]
    company = list(FILLERS)
    for relation in RELATIONS.values():
        company += [word for some in (*relation.topics, *relation.sides) for word in some]
    about = (draw.random(count) < 0.5).tolist()
    chosen = draw.integers(len(words), size=count).tolist()
    places = draw.integers(LENGTH, size=count).tolist()
    chances = draw.random((count, LENGTH, 2)).tolist()
    sentences = []
    for one, number, place, chance in zip(about, chosen, places, chances, strict=True):
        word, topics, side, companions = words[number]
        sentence = [
            _at(companions if kind < own else topics if kind < (1 + own) / 2 else side, which)
            if one
            else _at(company, which)
            for kind, which in chance
        ]
        if one:
            sentence[place] = word
        sentences.append(tuple(sentence))
    return sentences


def questions() -> dict[str, list[tuple[str, str, str, str]]]:
    """By relation, all (a, b, c, d): a is to b as c is to d, of two of its pairs, 132 each.

    >>> questions()["gender"][0]
    ('man', 'woman', 'king', 'queen')
    """
    return {
        name: [(*p, *q) for p in relation.pairs for q in relation.pairs if p != q]
        for name, relation in RELATIONS.items()
    }


def _some(draw: np.random.Generator) -> tuple[str, ...]:
    return tuple(draw.choice(FILLERS, COMPANIONS, replace=False).tolist())


def _at(words: Sequence[str], chance: float) -> str:
    return words[int(chance * len(words))]
