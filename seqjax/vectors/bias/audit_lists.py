"""The word lists of an audit: those of a file where one is named, else our own small ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from seqjax.basics.options import option
from seqjax.vectors.bias import word_lists
from seqjax.vectors.bias.weat import AssociationTest
from seqjax.vectors.bias.word_list_files import read_sets, read_tests, read_words
from seqjax.vectors.bias.word_lists import Pairs, any_case, spelled
from seqjax.vectors.evaluation.analogy_test import Section, read_analogies
from seqjax.vectors.keyed import KeyedVectors


@dataclasses.dataclass(frozen=True)
class ListsConfig:
    """Files of word lists; the default is a small English list on gender."""

    definitional: str = option("", "JSON pairs that define the direction, as of debiaswe")
    equalize: str = option("", "JSON pairs to be made equally near to neutral words")
    specific: str = option("", "JSON words that have the bias by their meaning")
    professions: str = option("", "JSON words that ought to be neutral")
    weat: str = option("", "JSON association tests with targets and attributes")
    analogies: str = option("", "analogy questions, in the form of questions-words.txt")


class WrittenLists(NamedTuple):
    """Lists as they were written."""

    definitional: Pairs
    equalize: Pairs
    specific: Sequence[str]
    professions: Sequence[str]
    tests: Sequence[AssociationTest]
    sections: Sequence[Section]


class AuditLists(NamedTuple):
    """Words as the vectors spell them."""

    definitional: Pairs
    equalize: Pairs
    specific: set[str]
    """with the words of all pairs, in any case"""
    neutral: tuple[str, ...]
    """the professions that are not specific"""
    tests: tuple[AssociationTest, ...]
    sections: Sequence[Section]


def read_lists(config: ListsConfig) -> WrittenLists:
    """All lists.

    Raises:
      ValueError: for a file that is wrong; names its entry.
    """
    default = word_lists
    return WrittenLists(
        read_sets(config.definitional) if config.definitional else default.DEFINITIONAL,
        read_sets(config.equalize) if config.equalize else default.EQUALIZE,
        read_words(config.specific) if config.specific else default.SPECIFIC,
        read_words(config.professions) if config.professions else default.PROFESSIONS,
        read_tests(config.weat) if config.weat else default.TESTS,
        read_analogies(config.analogies) if config.analogies else (),
    )


def spelled_lists(written: WrittenLists, vectors: KeyedVectors) -> AuditLists:
    """The lists in the spelling of the vectors."""
    pairs = [spelled(vectors, words) for words in written.definitional]
    equal = [spelled(vectors, words) for words in written.equalize]
    specific = {word for words in (*pairs, *equal, written.specific) for word in words}
    lower = {word.lower() for word in specific}
    neutral = [w for w in spelled(vectors, written.professions) if w.lower() not in lower]
    tests = [
        AssociationTest(test.name, *(spelled(vectors, words) for words in test[1:]))
        for test in written.tests
    ]
    return AuditLists(
        tuple(pairs),
        tuple(equal),
        any_case(vectors, specific),
        tuple(dict.fromkeys(neutral)),
        tuple(tests),
        written.sections,
    )
