"""WEAT: effect size and p-value by the equations, sets that are too small, known effects."""

from __future__ import annotations

import itertools
import math

import jax
import numpy as np
import pytest
from vector_toys import NEWS, drawn, real, shared

from seqjax.vectors import KeyedVectors
from seqjax.vectors.bias.weat import SETS, AssociationTest, weat
from seqjax.vectors.bias.word_list_files import read_tests
from seqjax.vectors.bias.word_lists import TESTS

VECTORS = drawn(24, 5, seed=2)
KEY = jax.random.key(0)


def made(*sizes, extra=()):
    """A test of w0, w1, ... in sets of these sizes."""
    words = iter(VECTORS.words)
    sets = [tuple(itertools.islice(words, size)) for size in sizes]
    sets[0] = (*sets[0], *extra)
    return AssociationTest("made", *sets)


def slowly(test):
    """(d, share of partitions with a difference at least as large, share with a larger one)."""

    def cosine(a, b):
        a, b = VECTORS[a].astype(float), VECTORS[b].astype(float)
        return a @ b / math.sqrt((a @ a) * (b @ b))

    def s(word):
        near = [np.mean([cosine(word, other) for other in words]) for words in test[3:]]
        return near[0] - near[1]

    x, y = ([s(word) for word in words] for words in test[1:3])
    both = [*x, *y]
    d = (np.mean(x) - np.mean(y)) / np.sqrt(np.mean((np.array(both) - np.mean(both)) ** 2))
    differences = []
    for chosen in itertools.combinations(range(len(both)), len(x)):
        rest = [i for i in range(len(both)) if i not in chosen]
        differences.append(np.mean([both[i] for i in chosen]) - np.mean([both[i] for i in rest]))
    found = np.mean(x) - np.mean(y)
    return (
        d,
        np.mean([each > found - 1e-9 for each in differences]),
        np.mean([each > found + 1e-9 for each in differences]),
        len(differences),
    )


@pytest.mark.parametrize("sizes", [(4, 4, 3, 3), (3, 5, 4, 2), (1, 4, 1, 1), (6, 5, 3, 4)])
def test_the_equations(sizes):
    test = made(*sizes)
    d, p, strict, ways = slowly(test)
    found = weat(VECTORS, test, key=KEY)
    assert found.effect == pytest.approx(d, abs=1e-6)
    assert (found.p, found.partitions, found.exact) == (pytest.approx(p, abs=1e-12), ways, True)
    above = weat(VECTORS, test, strict=True, key=KEY)
    assert above.p == pytest.approx(strict, abs=1e-12)
    assert above.p < found.p


def test_equal_words_are_equal_whatever_the_order_of_sums():
    # Three kinds of words: many partitions have exactly the sum found.
    rows = np.repeat(np.random.default_rng(0).normal(size=(5, 6)), 4, axis=0)
    vectors = KeyedVectors(tuple(f"w{i}" for i in range(20)), rows)
    mixed = ("w0", "w4", "w8"), ("w1", "w5", "w9"), ("w12",), ("w16",)
    spread = AssociationTest("equal", *mixed)
    # All sums over one word of each kind are the one found: 8 partitions of 20, and those above.
    s = vectors.units([*mixed[0], *mixed[1]]) @ (vectors.units(["w12"]) - vectors.units(["w16"]))[0]
    sums = [sum(s[list(c)]) for c in itertools.combinations(range(6), 3)]
    want = np.mean([value > s[:3].sum() - 1e-9 for value in sums])
    assert weat(vectors, spread, key=KEY).p == want
    assert weat(vectors, spread, key=KEY).effect == pytest.approx(0, abs=1e-7)


def test_drawn_partitions_come_near_all_of_them():
    test = made(6, 6, 4, 4)
    exact = weat(VECTORS, test, key=KEY)
    sampled = weat(VECTORS, test, samples=20_000, exact_up_to=10, key=KEY)
    assert (sampled.partitions, sampled.exact, sampled.effect) == (20_000, False, exact.effect)
    # Five standard errors.
    assert abs(sampled.p - exact.p) < 5 * math.sqrt(exact.p * (1 - exact.p) / 20_000)
    assert sampled == weat(VECTORS, test, samples=20_000, exact_up_to=10, key=KEY)
    assert sampled.p != weat(VECTORS, test, samples=20_000, exact_up_to=10, key=jax.random.key(1)).p


def test_a_drawn_p_is_never_zero():
    rows = np.array([[1.0, 0.1 * i] if i < 12 else [-1, 0.1 * i] for i in range(24)])
    vectors = KeyedVectors(tuple(f"w{i}" for i in range(24)), rows)
    apart = AssociationTest("apart", VECTORS.words[:11], VECTORS.words[12:23], ("w11",), ("w23",))
    found = weat(vectors, apart, samples=999, exact_up_to=1, key=KEY)
    assert (found.p, found.effect > 1.9) == (1 / 1000, True)


def test_words_without_vectors():
    found = weat(VECTORS, made(4, 4, 3, 3, extra=("x", "y")), key=KEY)
    assert found.covered == dict(zip(SETS, [(4, 6), (4, 4), (3, 3), (3, 3)], strict=True))
    assert found[:4] == weat(VECTORS, made(4, 4, 3, 3), key=KEY)[:4]


SAME = AssociationTest("twice", ("w1", "w2"), ("w2", "w3"), ("w4",), ("w5",))
WRONG = {
    "an empty set": (AssociationTest("t", ("x",), ("w1",), ("w2",), ("w3",)), "no word of first_t"),
    "a word in both": (SAME, "got 'w2' in both targets"),
    "no spread": (AssociationTest("t", ("w1",), ("w2",), ("w3",), ("w3",)), "got the same assoc"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused(name):
    test, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        weat(VECTORS, test, key=KEY)


def test_no_samples():
    with pytest.raises(ValueError, match="samples: got 0"):
        weat(VECTORS, made(4, 4, 3, 3), samples=0, key=KEY)


def test_our_own_lists_are_sound():
    for test in TESTS:
        assert len({*test.first_target, *test.second_target}) == 16
        assert not set(test.first_attribute) & set(test.second_attribute)


KNOWN = {
    "Flowers and Insects": (1.5550, (25, 25, 25, 25)),
    "Instruments and Weapons": (1.6448, (25, 24, 25, 25)),
    "Male names and Female names": (1.9518, (8, 8, 8, 8)),
    "Math and Arts": (0.9981, (8, 8, 8, 8)),
    "Science and Arts": (1.2846, (8, 8, 8, 8)),
}


def test_known_effects_of_google_news():
    vectors = real(NEWS)
    tests = {
        test.name.split(",")[0]: test for test in read_tests(shared("word_bias/weat/weat.json"))
    }
    for name, (effect, covered) in KNOWN.items():
        found = weat(vectors, tests[name], samples=2000, key=KEY)
        assert found.effect == pytest.approx(effect, abs=5e-5)
        assert tuple(known for known, _ in found.covered.values()) == covered
        assert found.exact == (covered[0] == 8)
        assert found.p < 0.03
