"""Lists of words that measures of bias are made with: small ones of our own, in English."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seqjax.vectors.bias.weat import AssociationTest
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


def spelled(vectors: KeyedVectors, words: Sequence[str]) -> tuple[str, ...]:
    """The words as they stand where they have a vector, else in lower case: Mary, mary.

    >>> import numpy as np
    >>> spelled(KeyedVectors(("mary", "Paris"), np.eye(2)), ["Mary", "Paris"])
    ('mary', 'Paris')
    """
    return tuple(word if word in vectors else word.lower() for word in words)


def any_case(vectors: KeyedVectors, words: Collection[str]) -> set[str]:
    """The words that have a vector, in whatever case either is written.

    >>> import numpy as np
    >>> sorted(any_case(KeyedVectors(("mary", "MARY", "paris"), np.eye(3)), ["Mary"]))
    ['MARY', 'mary']
    """
    wanted = {word.lower() for word in words}
    return {word for word in vectors.words if word.lower() in wanted}
