"""The text of occupations: sides, fields, and how far it is biased."""

from __future__ import annotations

from collections import Counter

import pytest

from seqjax.data.builtin.occupations import (
    FIELDS,
    LENGTH,
    PAIRS,
    SIGNS,
    TRAITS,
    occupation_sentences,
    occupations,
)

GENDERED = [{pair[side] for pair in PAIRS} for side in (0, 1)]


def told(skew: float, stereotypes: float) -> Counter[tuple[int, bool, bool]]:
    """(side of the occupation, whether its own gender is told, whether by a trait), of words."""
    found: Counter[tuple[int, bool, bool]] = Counter()
    sides = occupations()
    for sentence in occupation_sentences(6000, skew=skew, stereotypes=stereotypes, seed=2):
        assert len(sentence) == LENGTH
        for side in (0, 1):
            if {*sentence} & {*sides[side]}:
                for word in sentence:
                    for told in (0, 1):
                        if word in GENDERED[told] or word in TRAITS[told]:
                            found[side, told == side, word in TRAITS[told]] += 1
    return found


def test_each_word_has_one_part_and_fields_are_balanced() -> None:
    first, second = occupations()
    assert len(first) == len(second) == 24
    words = [*first, *second, *(word for pair in PAIRS for word in pair)]
    for some in (SIGNS, TRAITS):
        words += [word for side in some for word in side]
    words += [word for field in FIELDS for word in field.split()]
    words += [word for near in PAIRS.values() for word in near.split()]
    assert not [word for word, count in Counter(words).items() if count > 1]
    assert all([len(side.split()) for side in n.split("|")] == [3, 3] for n in FIELDS.values())


def test_the_skew_is_kept_and_half_the_sentences_are_about_occupations() -> None:
    found = told(0.8, 0.5)
    own = sum(count for (_, same, _), count in found.items() if same)
    total = sum(found.values())
    assert abs(total / 2 - 3000) < 1  # two such words in each
    assert abs(own / total - 0.8) < 0.03
    assert abs(sum(count for key, count in found.items() if key[2]) / total - 0.5) < 0.04


def test_without_bias_both_genders_are_told_as_often() -> None:
    found = told(0.5, 0.0)
    own = sum(count for (_, same, _), count in found.items() if same)
    assert abs(own / sum(found.values()) - 0.5) < 0.04
    assert not [key for key in found if key[2]]


def test_traits_that_are_not_spoken_of_stand_by_occupations_alone() -> None:
    traits, gendered = {*TRAITS[0], *TRAITS[1]}, GENDERED[0] | GENDERED[1]
    working = {name for side in occupations() for name in side}
    for spoken in (True, False):
        sentences = occupation_sentences(2000, spoken=spoken, seed=0)
        about = [{*sentence} & gendered for sentence in sentences if {*sentence} & traits]
        assert any(about) == spoken
        assert sum(bool({*s} & working and {*s} & traits) for s in sentences) > 400


def test_shares_outside_are_refused() -> None:
    with pytest.raises(ValueError, match="skew: got 2, want a share"):
        occupation_sentences(1, skew=2, seed=0)
    with pytest.raises(ValueError, match="stereotypes: got -1, want a share"):
        occupation_sentences(1, stereotypes=-1, seed=0)
