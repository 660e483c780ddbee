"""Lists of words that measures of bias are made with: small ones of our own, or from files."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from seqjax.data.text import read
from seqjax.vectors.bias.weat import SETS, AssociationTest
from seqjax.vectors.keyed import KeyedVectors

Pairs = tuple[tuple[str, ...], ...]

DEFINITIONAL: Pairs = (
    ("she", "he"),
    ("her", "his"),
    ("herself", "himself"),
    ("woman", "man"),
    ("women", "men"),
    ("girl", "boy"),
    ("girls", "boys"),
    ("mother", "father"),
    ("daughter", "son"),
    ("sister", "brother"),
)
"""Words that differ in gender by their meaning, the feminine one first."""
EQUALIZE: Pairs = (
    ("wife", "husband"),
    ("wives", "husbands"),
    ("aunt", "uncle"),
    ("niece", "nephew"),
    ("grandmother", "grandfather"),
    ("granddaughter", "grandson"),
    ("lady", "gentleman"),
    ("ladies", "gentlemen"),
    ("queen", "king"),
    ("princess", "prince"),
    ("bride", "bridegroom"),
    ("widow", "widower"),
    ("mothers", "fathers"),
    ("daughters", "sons"),
    ("sisters", "brothers"),
)
"""Further such pairs, which are to be equally near to every neutral word."""
SPECIFIC: tuple[str, ...] = (
    "him", "hers", "lord", "mistress", "sir", "madam", "mr", "mrs", "miss", "duke", "duchess",
    "countess", "actress", "actor", "maiden", "maid", "monk", "nun", "hero", "heroine", "host",
    "hostess", "stepmother", "stepfather", "girlfriend", "boyfriend", "male", "female", "males",
    "females", "masculine", "feminine", "beard", "motherhood", "fatherhood", "ma'am", "mama",
    "papa", "mamma", "mum", "mom", "dad", "lad", "lass", "fellow", "fellows", "wifely", "manly",
    "womanly", "girlish", "boyish", "pregnant", "sons-in-law", "mother-in-law", "father-in-law",
)  # fmt: skip
"""Further words with a gender by their meaning, beside those of both lists of pairs."""
PROFESSIONS: tuple[str, ...] = (
    "architect", "artist", "author", "baker", "banker", "barber", "butcher", "captain", "carpenter",
    "clerk", "coach", "composer", "cook", "dancer", "dentist", "doctor", "driver", "editor",
    "engineer", "farmer", "gardener", "guard", "hairdresser", "historian",
    "housekeeper", "hunter", "judge", "lawyer", "librarian", "manager", "mechanic", "merchant",
    "miner", "musician", "nurse", "officer", "painter", "physician", "pilot", "poet",
    "porter", "priest", "producer", "professor", "receptionist", "sailor", "scholar", "scientist",
    "secretary", "servant", "shepherd", "shopkeeper", "singer", "smith", "soldier", "student",
    "surgeon", "tailor", "teacher", "trader", "waiter", "writer",
)  # fmt: skip
"""Words that ought to be neutral."""
TESTS: tuple[AssociationTest, ...] = (
    AssociationTest(
        "science and art, male and female",
        ("science", "chemistry", "physics", "machine", "laws", "geometry", "engine", "theory"),
        ("poetry", "music", "painting", "dance", "song", "novel", "drama", "embroidery"),
        ("he", "him", "himself", "man", "men", "boy", "father", "husband"),
        ("she", "her", "herself", "woman", "women", "girl", "mother", "wife"),
    ),
    AssociationTest(
        "work and home, male and female",
        ("business", "office", "salary", "trade", "profession", "money", "company", "contract"),
        ("home", "kitchen", "nursery", "wedding", "parents", "children", "cousins", "household"),
        ("he", "him", "himself", "man", "men", "boy", "father", "husband"),
        ("she", "her", "herself", "woman", "women", "girl", "mother", "wife"),
    ),
    AssociationTest(
        "garden and vermin, pleasant and unpleasant",
        ("roses", "violets", "lilies", "blossom", "garden", "meadow", "orchard", "daisies"),
        ("rats", "worms", "flies", "spider", "snake", "lice", "beetles", "toad"),
        ("joy", "delight", "sweet", "kind", "gentle", "smile", "happiness", "pleasant"),
        ("pain", "disgust", "bitter", "cruel", "horror", "fear", "misery", "nasty"),
    ),
)
"""The last one has nothing to do with people: a measure that works finds it."""


def read_sets(path: str | Path) -> Pairs:
    """A JSON list of lists of words, as the definitional pairs of debiaswe.

    Raises:
      ValueError: names the file and the entry: not JSON, not a list of two words or more.
    """
    found = []
    for number, words in enumerate(_list(path), 1):
        if not isinstance(words, list) or len(words) < 2 or not all(map(_is_word, words)):
            raise ValueError(f"{path}, entry {number}: got {words!r}, want a list of words")
        found.append(tuple(words))
    return tuple(found)


def read_words(path: str | Path) -> tuple[str, ...]:
    """A JSON list of words, or of lists that begin with one, as the professions of debiaswe.

    Raises:
      ValueError: names the file and the entry.
    """
    found = []
    for number, entry in enumerate(_list(path), 1):
        word = entry[0] if isinstance(entry, list) and entry else entry
        if not _is_word(word):
            raise ValueError(f"{path}, entry {number}: got {entry!r}, want a word")
        found.append(word)
    return tuple(dict.fromkeys(found))


def read_tests(path: str | Path) -> tuple[AssociationTest, ...]:
    """A JSON list of association tests, each with four sets {"name": ..., "words": [...]}.

    The sets are first_target, second_target, first_attribute and second_attribute.

    Raises:
      ValueError: names the file, the entry and the set.
    """
    tests = []
    for number, entry in enumerate(_list(path), 1):
        sets = []
        for name in SETS:
            part = entry.get(name) if isinstance(entry, dict) else None
            words = part.get("words") if isinstance(part, dict) else None
            if not isinstance(words, list) or not words or not all(map(_is_word, words)):
                raise ValueError(f"{path}, entry {number}: got no words for {name}, want a list")
            sets.append((str(part.get("name", name)), tuple(dict.fromkeys(words))))  # type: ignore[union-attr]
        title = f"{sets[0][0]} and {sets[1][0]}, {sets[2][0]} and {sets[3][0]}"
        tests.append(AssociationTest(title, *(words for _, words in sets)))
    return tuple(tests)


def spelled(vectors: KeyedVectors, words: Sequence[str]) -> tuple[str, ...]:
    """The words as they stand where they have a vector, else in lower case: Mary, mary."""
    return tuple(word if word in vectors else word.lower() for word in words)


def any_case(vectors: KeyedVectors, words: Collection[str]) -> set[str]:
    """The words that have a vector, in whatever case either is written."""
    wanted = {word.lower() for word in words}
    return {word for word in vectors.words if word.lower() in wanted}


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _list(path: str | Path) -> list:
    try:
        found = json.loads(read(path))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: got no JSON ({error.msg})") from error
    if not isinstance(found, list) or not found:
        raise ValueError(f"{path}: got {type(found).__name__}, want a list that is not empty")
    return found
