"""The text of words in relations: what stands by what, and the questions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from seqjax.data.builtin.relations import (
    FILLERS,
    LENGTH,
    RELATIONS,
    questions,
    relation_sentences,
)


def all_words() -> list[str]:
    words = list(FILLERS)
    for relation in RELATIONS.values():
        words += [word for pair in relation.pairs for word in pair]
        words += [word for topics in relation.topics for word in topics]
        words += [word for side in relation.sides for word in side]
    return words


def test_each_word_has_one_part() -> None:
    twice = [word for word, count in Counter(all_words()).items() if count > 1]
    assert not twice


def test_without_own_words_all_neighbours_are_of_the_pair_or_the_side() -> None:
    for relation in RELATIONS.values():
        assert len(relation.pairs) == len(relation.topics) == 12
    sentences = relation_sentences(500, own=0.0, seed=3)
    by_word = {
        word: {*topics, *relation.sides[side]}
        for relation in RELATIONS.values()
        for pair, topics in zip(relation.pairs, relation.topics, strict=True)
        for side, word in enumerate(pair)
    }
    assert {*map(len, sentences)} == {LENGTH}
    about = [[word for word in sentence if word in by_word] for sentence in sentences]
    assert {*map(len, about)} == {0, 1}
    assert abs(sum(map(len, about)) - 250) < 5 * 0.5 * 500**0.5
    for sentence, words in zip(sentences, about, strict=True):
        for word in words:
            assert {*sentence} - {word} <= by_word[word]


def test_the_share_of_own_words_is_kept_and_each_word_has_twelve() -> None:
    pairs = {word for r in RELATIONS.values() for pair in r.pairs for word in pair}
    sentences = [s for s in relation_sentences(6000, own=0.3, seed=1) if {*s} & pairs]
    fillers = [word for sentence in sentences for word in sentence if word in FILLERS]
    share = len(fillers) / (6 * len(sentences))
    assert abs(share - 0.3) < 5 * np.sqrt(0.3 * 0.7 / (6 * len(sentences)))
    own = {word for sentence in sentences if "king" in sentence for word in sentence}
    assert len(own & {*FILLERS}) == 12


def test_the_language_is_the_same_for_all_seeds_and_the_text_is_not() -> None:
    first, second = (relation_sentences(6000, own=1.0, seed=seed) for seed in (0, 1))
    assert first != second
    assert first == relation_sentences(6000, own=1.0, seed=0)
    near = [{w for s in text if "paris" in s for w in s} for text in (first, second)]
    assert near[0] == near[1]


def test_questions_are_all_pairs_of_pairs() -> None:
    for name, asked in questions().items():
        pairs = {*RELATIONS[name].pairs}
        assert len({*asked}) == 12 * 11
        assert all((a, b) in pairs and (c, d) in pairs and a != c for a, b, c, d in asked)


def test_a_share_outside_is_refused() -> None:
    with pytest.raises(ValueError, match=r"own: got 1.5, want a share in \[0, 1\]"):
        relation_sentences(1, own=1.5, seed=0)
