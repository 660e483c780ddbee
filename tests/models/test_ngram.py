"""The n-gram model against counting with dictionaries, straight from the equations."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.models.ngram import best_order, discounts, ngram


class Slow:
    """Interpolated modified Kneser-Ney, Chen and Goodman 1999."""

    def __init__(self, text: list[int], vocabulary: int, order: int) -> None:
        self.vocabulary = vocabulary
        grams = {
            k: [tuple(text[i - k : i]) for i in range(k, len(text) + 1)]
            for k in range(1, order + 1)
        }
        self.c = {k: Counter({g: self.left(text, g) for g in grams[k]}) for k in grams}
        self.c[order] = Counter(grams[order])
        self.d = {k: self.discounts(k) for k in grams}

    @staticmethod
    def left(text: list[int], gram: tuple[int, ...]) -> int:
        k = len(gram)
        places = [i for i in range(len(text) - k + 1) if tuple(text[i : i + k]) == gram]
        return len({text[i - 1] if i else None for i in places})

    def discounts(self, k: int) -> dict[int, float]:
        if k == 1 and len(self.c[1]) == self.vocabulary:
            return {1: 0, 2: 0, 3: 0}
        n = Counter(self.c[k].values())
        if n[1] and n[2] and n[3] and n[4]:
            y = n[1] / (n[1] + 2 * n[2])
            d = {j: j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3)}
            if all(0 <= d[j] <= j for j in d):
                return d
        return {1: 0.5, 2: 1, 3: 1.5}

    def p(self, word: int, history: tuple[int, ...]) -> float:
        if history and history not in {g[:-1] for g in self.c[len(history) + 1]}:
            return self.p(word, history[1:])
        k = len(history) + 1
        lower = self.p(word, history[1:]) if history else 1 / self.vocabulary
        follow = {g[-1]: c for g, c in self.c[k].items() if g[:-1] == history}
        taken = {w: self.d[k][min(c, 3)] for w, c in follow.items()}
        own = follow[word] - taken[word] if word in follow else 0
        return (own + sum(taken.values()) * lower) / sum(follow.values())


texts = st.lists(st.integers(0, 3), min_size=4, max_size=60)


@given(texts, texts, st.integers(1, 4), st.sampled_from([4, 7, 2**40]))
def test_probabilities_are_those_of_the_equations(
    train: list[int], test: list[int], order: int, vocabulary: int
) -> None:
    """Also for a vocabulary whose powers do not fit into an integer."""
    shift = vocabulary - 4
    train, test = [i + shift for i in train], [i + shift for i in test]
    slow, model = Slow(train, vocabulary, order), ngram(train, vocabulary, order)
    want = [
        -math.log(slow.p(w, tuple(test[max(0, i - order + 1) : i]))) for i, w in enumerate(test)
    ]
    assert model.order == order
    np.testing.assert_allclose(model.nats(test), want, rtol=1e-12, atol=1e-12)
    cut = len(test) // 2
    np.testing.assert_array_equal(model.nats(test[cut:], test[:cut]), model.nats(test)[cut:])


def test_discounts_of_a_real_spread_of_counts_are_estimated() -> None:
    """n_1 .. n_4 = 8, 4, 2, 1: Y = 1/2."""
    counts = np.repeat([1, 2, 3, 4, 9], [8, 4, 2, 1, 3])
    np.testing.assert_allclose(discounts(counts), [1 - 0.5, 2 - 3 / 4, 3 - 4 / 4], rtol=1e-15)
    np.testing.assert_array_equal(discounts(counts[counts != 4]), [0.5, 1, 1.5])
    np.testing.assert_array_equal(discounts(np.repeat([1, 2, 3, 4], [9, 1, 9, 9])), [0.5, 1, 1.5])


def test_no_estimate_falls_back_in_a_longer_text() -> None:
    """The texts above are too short for estimated discounts; here the slow model uses them."""
    text = (np.random.default_rng(0).zipf(1.4, 400) % 50).tolist()
    slow, model = Slow(text, 60, 2), ngram(text, 60, 2)
    assert slow.d[1][1] != 0.5 != slow.d[2][1]
    want = [-math.log(slow.p(w, tuple(text[max(0, i - 1) : i]))) for i, w in enumerate(text)]
    np.testing.assert_allclose(model.nats(text), want, rtol=1e-12)


@given(texts, st.lists(st.integers(0, 5), max_size=5), st.integers(1, 4))
def test_probabilities_of_all_ids_sum_to_one(
    train: list[int], history: list[int], order: int
) -> None:
    model = ngram(train, 6, order)
    p = np.exp([-model.nats([w], history)[0] for w in range(6)])
    assert (p > 0).all() and p.sum() == pytest.approx(1, abs=1e-13)


def test_a_unigram_model_has_the_relative_frequencies() -> None:
    """Counts 3, 2, 1 of 6: perplexity 6 / (3^3 2^2 1)^(1/6)."""
    text = [0, 1, 0, 2, 1, 0]
    nats = ngram(text, 3, 1).nats(text)
    assert np.exp(nats.mean()) == pytest.approx(6 / 108 ** (1 / 6), rel=1e-14)


def test_an_id_that_never_occurred_takes_from_those_that_did() -> None:
    """Counts 3, 2, 1, 0: discounts 1.5, 1, 0.5 are half of 6, shared by four ids."""
    p = np.exp(-ngram([0, 1, 0, 2, 1, 0], 4, 1).nats(range(4)))
    np.testing.assert_allclose(p, np.array([1.5 + 0.75, 1 + 0.75, 0.5 + 0.75, 0.75]) / 6)


def test_the_best_order_is_chosen_on_the_validation_split() -> None:
    draw = np.random.default_rng(0)
    text = draw.integers(0, 2, 3000)
    for i in range(2, 3000):  # of order 3: mostly the exclusive or of the last two
        if draw.random() < 0.9:
            text[i] = text[i - 1] ^ text[i - 2]
    train, valid = text[:2000], text[2000:]
    best = best_order(train, valid, 2, range(1, 6))
    want = [ngram(train, 2, k).nats(valid).mean() for k in range(1, 6)]
    assert best.order == 3 == 1 + int(np.argmin(want))
    np.testing.assert_array_equal(best.nats(valid).mean(), min(want))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ngram([], 3, 1), "ids: got none"),
        (lambda: ngram([[0]], 3, 1), r"ids: got shape \(1, 1\)"),
        (lambda: ngram([0, 3], 3, 1), r"ids: got id 3, want ids in \[0, 3\)"),
        (lambda: ngram([0.5], 3, 1), "ids: got float64"),
        (lambda: ngram([0], 3, 0), "order: got 0"),
        (lambda: ngram([0], 0, 1), "vocabulary: got 0"),
        (lambda: ngram([0], 3, 1).nats([-1]), "ids: got id -1"),
        (lambda: ngram([0], 3, 1).nats([0], [3]), "history: got id 3"),
        (lambda: best_order([0], [0], 3, []), "orders: got 0"),
        (lambda: best_order([0], [], 3), "valid: got none"),
    ],
)
def test_bad_input_is_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_no_ids_have_no_nats_and_a_short_text_has_a_low_order() -> None:
    model = ngram([0, 1], 3, 5)
    assert model.order == 2
    assert model.nats([]).shape == model.nats([], [0, 1, 2]).shape == (0,)
