"""Sums: padding never enters, and figures over a data set do not depend on the batches."""

from __future__ import annotations

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqjax.objectives import accumulate, masked, means, sums


def test_masked_is_the_weighted_sum_and_drops_what_has_no_weight() -> None:
    values, weights = jnp.array([[1.5, jnp.nan], [jnp.inf, 4]]), jnp.array([[2, 0], [0, 0.5]])
    (total, count), gradient = jax.value_and_grad(masked, has_aux=True)(values, weights)
    assert (float(total), float(count)) == (5, 2.5)
    np.testing.assert_array_equal(gradient, weights)


def test_masked_takes_marks_and_half_precision() -> None:
    total, count = masked(jnp.full(1000, 1.5, jnp.bfloat16), np.arange(1000) < 999)
    assert total.dtype == count.dtype == jnp.float32
    assert (float(total), float(count)) == (1498.5, 999)


def test_masked_lets_a_counted_nan_through() -> None:
    assert np.isnan(masked(jnp.array([jnp.nan, 1]), jnp.array([1, 1]))[0])


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=30))
def test_sums_are_exact_over_all_floats(terms: list[float]) -> None:
    exact = sums.Exact().plus(np.array(terms))
    assert Fraction(exact.units, 2**sums.UNIT) == sum(map(Fraction, terms))


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 200), max_size=8))
def test_means_do_not_depend_on_the_batches(seed: int, cuts: list[int]) -> None:
    draw = np.random.default_rng(seed)
    values = (draw.normal(size=200) * 10.0 ** draw.integers(-9, 9, 200)).astype(np.float32)
    weights = draw.integers(0, 3, 200) * draw.choice([1, 0.3], 200)
    whole = accumulate({}, {"nats": (values, weights)})
    parts: sums.Sums = {}
    for rows in np.split(draw.permutation(200), sorted(cuts)):
        parts = accumulate(parts, {"nats": (values[rows], weights[rows])})
    assert parts == whole and means(parts) == means(whole)
    terms, total = values.astype(np.float64) * weights, sum(map(Fraction, weights))
    assert means(whole)["nats"] == float(sum(map(Fraction, terms)) / total)


def test_two_million_elements_are_added_as_fsum_adds_them() -> None:
    values = np.random.default_rng(0).exponential(size=(2000, 1000)).astype(np.float32)
    found = means(accumulate({}, {"nats": (values, np.ones_like(values))}))
    assert found == {"nats": math.fsum(values.ravel().tolist()) / values.size}


def test_more_terms_than_float64_adds_exactly_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = np.random.default_rng(0).normal(size=50)
    whole = sums.Exact().plus(terms)
    monkeypatch.setattr(sums, "AT_ONCE", 7)
    assert sums.Exact().plus(terms) == whole


def test_metrics_are_kept_apart_and_earlier_sums_stay() -> None:
    first = accumulate({}, {"a": (jnp.array([1.0, 2]), jnp.array([1, 1]))})
    both = accumulate(first, {"b": (jnp.array([5.0, np.nan], jnp.bfloat16), jnp.array([2, 0]))})
    both = accumulate(both, {"a": (jnp.array(6.0), np.array(True))})
    assert means(first) == {"a": 1.5}
    assert means(both) == {"a": 3, "b": 5}


@pytest.mark.parametrize(
    ("values", "want"),
    [
        ([1, np.inf, 2], math.inf),
        ([-np.inf, 1e308, 1e308], -math.inf),
        ([np.inf, 0, -np.inf], math.nan),
        ([np.nan, 0, 1], math.nan),
        ([1e308, 1e308, 1e308], 1e308),
    ],
)
def test_means_that_are_no_numbers_say_so(values: list[float], want: float) -> None:
    found = accumulate({}, {"nats": (np.array(values), np.ones(3))})
    found = accumulate(found, {"nats": (np.array([want]), np.ones(1))})
    np.testing.assert_equal(means(found)["nats"], want)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(2), r"weights of nats: got shape \(2,\), want \(3,\)"),
        (np.array([1, -1, 1]), "weights of nats: got -1.0, want finite weights of 0 or more"),
        (np.array([1, np.nan, 1]), "weights of nats: got nan"),
        (np.zeros(3), "nats: got weights of 0 alone"),
    ],
)
def test_wrong_weights_are_named(weights: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        means(accumulate({}, {"nats": (np.ones(3), weights)}))


def test_masked_refuses_another_shape() -> None:
    with pytest.raises(ValueError, match="weights: got shape"):
        masked(jnp.ones((2, 3)), jnp.ones(3))
