"""Made-up sentences with names of people and of firms: "Robert Lin is a durian cultivator"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data.formats.conll import Tagged


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FRUITS = (
    "orange apple pear plum cherry lemon grape peach melon mango banana olive",
    "durian lychee guava papaya kiwi fig date quince apricot pomelo tamarind rambutan",
)
PEOPLE = (
    "farmer grower picker gardener planter harvester taster sorter orchardist botanist",
    "cultivator smallholder pruner forager ploughman horticulturist reaper peasant agronomist"
    " fieldhand",
)
FIRMS = (
    "company corporation factory wholesaler cannery importer retailer distillery cooperative"
    " brokerage",
    "conglomerate subsidiary refinery enterprise syndicate franchise bottler warehouse startup"
    " manufacturer",
)
FIRST = _words("Sally Robert Maria James Yuna Peter Anna David Elena Samuel Grace Victor")
LAST = _words("Johnson Lin Garcia Novak Kim Okafor Rossi Weber Haddad Silva Moore Ivanov")
PLACES = _words("Spain Ohio Jeju Kerala Crete Java Chile Provence")
ABOUT_PEOPLE = _words("smiled laughed married hands children hat tired breakfast neighbour")
ABOUT_FIRMS = _words("shares merged invoice headquarters dividend listed board branch tax")
ABOUT_FRUITS = _words("ripe sweet juice peel basket tree slice jam")
TEMPLATES = (
    "{first} {last} is a {fruit} {noun}",
    "{first} {last} , a {fruit} {noun} , was in the news",
    "we wrote to {first} {last} , the {fruit} {noun} from {place}",
    "last year {first} {last} became the best {fruit} {noun} in {place}",
)
TAGS = ("O", "PER", "ORG")


class Words(NamedTuple):
    """Words that sentences are made of."""

    fruits: tuple[str, ...]
    people: tuple[str, ...]
    firms: tuple[str, ...]


KNOWN, HELD_OUT = (
    Words(_words(FRUITS[part]), _words(PEOPLE[part]), _words(FIRMS[part])) for part in (0, 1)
)
"""Words of labelled sentences, and words that no labelled sentence has."""


def labelled(count: int, words: Words, *, seed: int) -> list[Tagged]:
    """``count`` different sentences; a name is tagged PER or ORG, by the noun that follows it.

    Names and fruits say nothing of which: "Sally Johnson" may be a firm.

    >>> sentence = labelled(1, KNOWN, seed=1)[0]
    >>> len(sentence.words) == len(sentence.tags), set(sentence.tags) <= set(TAGS)
    (True, True)
    """
    draw = np.random.default_rng(seed)
    found: dict[tuple[str, ...], Tagged] = {}
    while len(found) < count:
        firm = bool(draw.integers(2))
        first, last = _one(draw, FIRST), _one(draw, LAST)
        noun = _one(draw, words.firms if firm else words.people)
        text = _one(draw, TEMPLATES).format(
            first=first, last=last, fruit=_one(draw, words.fruits), noun=noun,
            place=_one(draw, PLACES),
        )  # fmt: skip
        tokens = tuple(text.split())
        tag = "ORG" if firm else "PER"
        tags = tuple(tag if token in (first, last) else "O" for token in tokens)
        found[tokens] = Tagged(tokens, tags)
    return list(found.values())


def labelled_parts(train: int, test: int, *, seed: int) -> dict[str, list[Tagged]]:
    """train and test of known words, sharing no sentence, and held_out of words unknown to both.

    >>> {part: len(some) for part, some in labelled_parts(20, 10, seed=0).items()}
    {'train': 20, 'test': 10, 'held_out': 10}
    """
    known = labelled(train + test, KNOWN, seed=seed)
    return {
        "train": known[test:], "test": known[:test], "held_out": labelled(test, HELD_OUT, seed=seed)
    }  # fmt: skip


def unlabelled(count: int, *, seed: int) -> list[tuple[str, ...]]:
    """``count`` sentences without tags, of all nouns and fruits, known or held out.

    A noun stands with three words that people, or firms, are spoken of with, and a fruit.

    >>> " ".join(unlabelled(1, seed=0)[0])
    'the orange corporation listed and dividend near juice invoice'
    """
    draw, sentences = np.random.default_rng(seed), []
    fruits = KNOWN.fruits + HELD_OUT.fruits
    kinds = (
        (KNOWN.people + HELD_OUT.people, ABOUT_PEOPLE),
        (KNOWN.firms + HELD_OUT.firms, ABOUT_FIRMS),
    )
    for _ in range(count):
        nouns, about = kinds[int(draw.integers(2))]
        a, b, c = (_one(draw, about) for _ in range(3))
        fruit = _one(draw, ABOUT_FRUITS)
        text = f"the {_one(draw, fruits)} {_one(draw, nouns)} {a} and {b} near {fruit} {c}"
        sentences.append(tuple(text.split()))
    return sentences


def _one(draw: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(draw.integers(len(words)))]
