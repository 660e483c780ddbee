"""Sentences with names of people and firms: tags, parts, and words that are held out."""

from __future__ import annotations

from collections import Counter

from seqjax.data.builtin.growers import (
    FIRST,
    HELD_OUT,
    KNOWN,
    LAST,
    labelled,
    labelled_parts,
    unlabelled,
)

NOUNS = {
    noun: tag
    for words in (KNOWN, HELD_OUT)
    for tag, nouns in (("PER", words.people), ("ORG", words.firms))
    for noun in nouns
}


def test_names_are_tagged_by_the_noun_and_nothing_else_is() -> None:
    for sentence in labelled(300, KNOWN, seed=0):
        (noun,) = [word for word in sentence.words if word in NOUNS]
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            assert tag == (NOUNS[noun] if word in FIRST or word in LAST else "O")


def test_parts_share_no_sentence_and_no_held_out_word_is_labelled() -> None:
    parts = labelled_parts(2000, 300, seed=0)
    assert {name: len(some) for name, some in parts.items()} == {
        "train": 2000, "test": 300, "held_out": 300
    }  # fmt: skip
    texts = [sentence.words for some in parts.values() for sentence in some]
    assert len({*texts}) == len(texts)
    secret = {*HELD_OUT.fruits, *HELD_OUT.people, *HELD_OUT.firms}
    known = {*KNOWN.fruits, *KNOWN.people, *KNOWN.firms}
    assert not secret & known
    for name, some in parts.items():
        words = {word for sentence in some for word in sentence.words}
        assert bool(words & secret) == (name == "held_out")
        assert bool(words & known) == (name != "held_out")


def test_names_and_fruits_say_nothing_of_the_tag() -> None:
    sentences = labelled(4000, KNOWN, seed=1)
    for group in (FIRST, LAST, KNOWN.fruits):
        for word in group:
            tags = Counter(
                NOUNS[next(w for w in sentence.words if w in NOUNS)]
                for sentence in sentences
                if word in sentence.words
            )
            total = sum(tags.values())
            assert abs(tags["PER"] / total - 0.5) < 5 * 0.5 / total**0.5, word


def test_the_text_without_tags_has_all_nouns_and_fruits() -> None:
    words = {word for sentence in unlabelled(3000, seed=0) for word in sentence}
    for each in (KNOWN, HELD_OUT):
        assert {*each.fruits, *each.people, *each.firms} <= words
    assert not words & {*FIRST, *LAST}
    assert unlabelled(5, seed=0) == unlabelled(5, seed=0) != unlabelled(5, seed=1)
