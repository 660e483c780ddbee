"""Grammars of names, agreement, reviews, translations and homophones: what each promises."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from seqjax.data.builtin import agreement, homophones, placed_names, reviews
from seqjax.data.builtin.agreement import agreeing
from seqjax.data.builtin.made_up import part_of
from seqjax.data.builtin.made_up_translations import DICTIONARY, made_up_translations
from seqjax.data.builtin.names_or_things import FAMILY, FIRST, NAME, names_or_things

MAKERS = {
    "placed_names": lambda n, **how: placed_names.placed_names(n, [0, 5, 12], **how),
    "names_or_things": names_or_things,
    "agreement": lambda n, **how: agreeing(n, [5, 6, 13, 40], **how),
    "reviews": reviews.reviews,
    "translations": lambda n, **how: made_up_translations(n, [3, 9], **how),
    "homophones": homophones.homophones,
}
COUNTS = {"train": 2000, "test": 300}


@pytest.fixture(scope="module")
def made():
    """By grammar and part."""
    return {
        name: {
            part: make(count, seed=seed, part=part)
            for seed, (part, count) in enumerate(COUNTS.items())
        }
        for name, make in MAKERS.items()
    }


@pytest.mark.parametrize("name", MAKERS)
def test_parts_share_no_sentence(made, name):
    train, test = ({example[0] for example in made[name][part]} for part in ("train", "test"))
    assert {part: len(made[name][part]) for part in COUNTS} == COUNTS
    assert not train & test
    assert min(len(train), len(test)) > 60
    order = sorted if name == "reviews" else tuple
    for part, sentences in (("train", train), ("test", test)):
        assert {part_of(order(words)) for words in sentences} == {part}


@pytest.mark.parametrize("name", MAKERS)
def test_words_of_the_test_are_known_from_training(made, name):
    train, test = (
        {word for example in made[name][part] for word in example[0]} for part in ("train", "test")
    )
    assert test <= train


@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_says_it_all(name):
    make = MAKERS[name]
    assert make(5, seed=3) == make(5, seed=3) != make(5, seed=4)
    assert make(5, seed=3) == make(9, seed=3)[:5]


def test_parts_of_one_seed_are_no_twins():
    """No clause of the test is one of training with the noun in its other form."""
    train, test = (agreeing(300, [40], seed=0, part=part) for part in ("train", "test"))
    clauses = [{sentence.words[2:] for sentence in part} for part in (train, test)]
    assert not clauses[0] & clauses[1]


@pytest.mark.parametrize("name", MAKERS)
def test_what_cannot_be_drawn(name):
    with pytest.raises(ValueError, match="part: got 'valid', want train or test"):
        MAKERS[name](5, seed=0, part="valid")
    with pytest.raises(ValueError, match="count: got 0, want 1 or more"):
        MAKERS[name](0, seed=0)


def test_a_fifth_is_of_the_test():
    counts = Counter(part_of([str(number)]) for number in range(5000))
    assert 900 < counts["test"] < 1100


def test_names_lie_where_they_are_asked_for(made):
    given, family = set(placed_names.GIVEN), set(placed_names.FAMILY)
    for sentence in made["placed_names"]["train"]:
        first, second = sentence.words[sentence.position : sentence.position + 2]
        assert (first in given and second in family) == sentence.named
        assert (first in family and second in given) != sentence.named
        rest = sentence.words[: sentence.position] + sentence.words[sentence.position + 2 :]
        assert not (given | family) & set(rest)
        assert 8 <= len(sentence.words) <= 14
    assert {sentence.position for sentence in made["placed_names"]["train"]} == {0, 5, 12}
    balance(sentence.named for sentence in made["placed_names"]["train"])
    for wrong in ([], [13], [-1]):
        with pytest.raises(ValueError, match="positions: got"):
            placed_names.placed_names(1, wrong, seed=0)


def test_what_follows_alone_says_who_is_meant(made):
    """All up to the first of the two words is as likely for a person as for a thing."""
    seen = defaultdict(Counter)
    for words, tags, first in made["names_or_things"]["train"]:
        assert words[first] in FIRST
        named = words[first + 1] in FAMILY
        assert tags == tuple(
            NAME if named and place in (first, first + 1) else 0 for place in range(len(words))
        )
        seen[words[first]][named] += 1
        seen[words[:first]][named] += 1
    for counts in seen.values():
        assert 0.3 < counts[True] / counts.total() < 0.7


def test_only_the_noun_says_whether_the_verb_is_plural(made):
    forms = {form: plural for pair in agreement.NOUNS for plural, form in enumerate(pair)}
    last, plurals = Counter(), Counter()
    for sentence in made["agreement"]["train"]:
        assert sentence.words[0] == "the"
        assert forms[sentence.words[1]] == sentence.plural
        assert len(sentence.words) - 2 == sentence.distance
        assert sentence.words[2:4] == (",", "which")
        assert sentence.words[-1] == ","
        others = [forms[word] for word in sentence.words[2:] if word in forms]
        last.update([others[-1] == sentence.plural] if others else [])
        plurals.update(others)
    assert last.total() > 100
    assert 0.4 < last[True] / last.total() < 0.6
    assert 0.4 < plurals[True] / plurals.total() < 0.6
    balance(sentence.plural for sentence in made["agreement"]["train"])
    assert len(agreeing(1, [200], seed=0)[0].words) == 202
    with pytest.raises(ValueError, match="distances: got"):
        agreeing(1, [4], seed=0)


def test_what_decides_a_review(made):
    good, bad = set(reviews.GOOD), set(reviews.BAD)
    for words, positive, kind in made["reviews"]["train"]:
        nice, nasty = bool(good & set(words)), bool(bad & set(words))
        if kind == "order":
            assert nice
            assert nasty
            turned = {g: b for g in good for b in bad if {g, b} <= set(words)}
            turned |= {b: g for g, b in turned.items()}
            twin = tuple(turned.get(word, word) for word in words)
            assert sorted(twin) == sorted(words)
            assert twin != words
            assert part_of(sorted(twin)) == "train"
        else:
            assert nice != nasty
            assert (nice == positive) == (kind == "plain")
    kinds = Counter(review.kind for review in made["reviews"]["train"])
    assert 0.45 < kinds["plain"] / 2000 < 0.55
    assert abs(kinds["order"] - kinds["negation"]) < 200
    for kind in reviews.KINDS:
        balance(review.positive for review in made["reviews"]["train"] if review.kind == kind)


def test_twins_are_in_one_part(made):
    """As bags of words no review of kind order is in both parts."""
    train, test = (
        {tuple(sorted(r.words)) for r in made["reviews"][part] if r.kind == "order"}
        for part in ("train", "test")
    )
    assert not train & test


def test_a_translation_has_the_counterparts_in_order(made):
    assert len(set(DICTIONARY.values())) == len(DICTIONARY) == 40
    for source, target in made["translations"]["train"]:
        assert [DICTIONARY[word] for word in source] == list(target)
        assert len(set(source)) == len(source)
    assert {len(pair.source) for pair in made["translations"]["test"]} == {3, 9}
    for wrong in ([], [0], [41]):
        with pytest.raises(ValueError, match="lengths: got"):
            made_up_translations(1, wrong, seed=0)


def test_homophones_are_swapped_and_their_surroundings_decide(made):
    partner = {word: pair[1 - k] for pair in homophones.PAIRS for k, word in enumerate(pair)}
    assert set(partner) == set(homophones.USES)
    surroundings = [text for use in homophones.USES.values() for text in use.before + use.after]
    assert len(set(surroundings)) == len(surroundings)
    count = Counter()
    for words, other, kind in made["homophones"]["train"]:
        (place,) = [i for i, (a, b) in enumerate(zip(words, other, strict=True)) if a != b]
        word = words[place]
        assert partner[word] == other[place]
        use, text = homophones.USES[word], " ".join(words)
        if kind == "near":
            assert " ".join(words[:place]).endswith(use.before)
        else:
            assert text.endswith(use.after)
            ending = next(after for after in use.after if text.endswith(after))
            assert len(words) - len(ending.split()) - place >= 5
        count[word] += 1
    assert len(count) == 16
    assert max(count.values()) < 2 * min(count.values())


def balance(labels):
    labels = list(labels)
    assert 0.4 < sum(labels) / len(labels) < 0.6
