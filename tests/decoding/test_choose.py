"""Filters against NumPy, one token a row against the probabilities it is drawn with."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walking import quick

from seqjax.decoding import (
    NO_TOKEN,
    check_chosen,
    check_defined,
    choose,
    forbid,
    top_k,
    top_p,
)

KEY = jax.random.key(3)
top_p_jitted = quick(top_p)
top_k_jitted = jax.jit(top_k, static_argnums=1)

ROWS = 6000


@functools.cache
def compiled(top_k, forbid):
    return quick(functools.partial(choose, top_k=top_k, forbid=forbid))


def draw(logits, *, temperature=1.0, top_p=1.0, top_k=None, forbid=(), key=KEY):
    """Tokens of 6,000 rows: the given rows of logits [n, 4] again and again."""
    logits = np.resize(logits, (ROWS, 4)).astype(np.float32)
    found = compiled(top_k, forbid)(logits, temperature=temperature, top_p=top_p, key=key)
    return np.asarray(found)


# Quarters, so that many are equal.
logits_of_a_row = st.lists(st.integers(-8, 8).map(lambda n: n / 4), min_size=6, max_size=6)


def kept(row: np.ndarray, enough) -> np.ndarray:
    """Takes ids from the largest logit on, of equal ones the smaller id, until ``enough``."""
    order = sorted(range(len(row)), key=lambda i: (-row[i], i))
    ids: list[int] = []
    while not ids or not enough(ids):
        ids.append(order[len(ids)])
    return np.array([row[i] if i in ids else -np.inf for i in range(len(row))], np.float32)


@given(logits_of_a_row, st.integers(1, 8))
def test_top_k(row, k):
    want = kept(np.array(row), lambda ids: len(ids) >= min(k, 6))
    got = np.asarray(top_k_jitted(np.array([row, row[::-1]], np.float32), k))
    np.testing.assert_array_equal(got[0], want)
    assert np.isfinite(got[1]).sum() == min(k, 6)


@given(logits_of_a_row, st.floats(0.0625, 1, width=32))
def test_top_p(row, p):
    row = np.array(row)
    probabilities = np.exp(row) / np.exp(row).sum()
    sums = [probabilities[list(ids)].sum() for ids in ([*np.argsort(-row)[:n]] for n in range(7))]
    if np.abs(np.array(sums) - p).min() < 1e-5:  # float32 cannot tell which side of p it is on
        return
    want = kept(row, lambda ids: p >= 1 or probabilities[ids].sum() >= p)
    given = np.array([row[::-1], row], np.float32)
    np.testing.assert_array_equal(np.asarray(top_p_jitted(given, p))[1], want)


def test_top_p_of_one_keeps_what_rounding_would_drop():
    logits = np.array([[20.0, 0.0, -20.0]], np.float32)
    np.testing.assert_array_equal(top_p_jitted(logits, 1.0), logits)
    np.testing.assert_array_equal(top_p_jitted(logits, 1e-6), [[20.0, -np.inf, -np.inf]])


def test_forbid():
    logits = np.arange(8.0, dtype=np.float32).reshape(2, 4)
    got, all_of_them = quick(lambda logits: (forbid(logits, (0, 3)), forbid(logits, ())))(logits)
    np.testing.assert_array_equal(np.isinf(got), [[True, False, False, True]] * 2)
    np.testing.assert_array_equal(all_of_them, logits)


@pytest.mark.parametrize(
    ("options", "probabilities"),
    [
        ({}, [0.4, 0.3, 0.2, 0.1]),
        # p² and sqrt(p), normalised
        ({"temperature": 0.5}, np.array([16, 9, 4, 1]) / 30),
        ({"temperature": 2.0}, np.sqrt([4, 3, 2, 1]) / np.sqrt([4, 3, 2, 1]).sum()),
        ({"top_p": 0.75}, [4 / 9, 3 / 9, 2 / 9, 0]),
        # The filter sees the logits over the temperature: 25/30 reaches 0.8, 0.7 would not.
        ({"temperature": 0.5, "top_p": 0.8}, [16 / 25, 9 / 25, 0, 0]),
        # The largest two of what is allowed.
        ({"forbid": (1,), "top_k": 2}, [4 / 6, 0, 2 / 6, 0]),
    ],
)
def test_frequencies(options, probabilities):
    """χ² of 6,000 rows below its 99.9 % quantile for the degrees of freedom."""
    probabilities = np.array(probabilities)
    tokens = draw(np.log([[0.4, 0.3, 0.2, 0.1]]), **options)
    counts = np.bincount(tokens, minlength=4)
    possible = probabilities > 0
    assert counts[~possible].sum() == 0
    want = ROWS * probabilities[possible]
    quantile = {1: 10.828, 2: 13.816, 3: 16.266}[possible.sum() - 1]
    assert ((counts[possible] - want) ** 2 / want).sum() < quantile


def test_temperatures_near_zero_take_the_largest():
    logits = [[1.0, 3.0, 3.0, 2.0], [60.0, 90.0, 0.0, 89.0]]
    assert set(draw(logits, temperature=0.0).tolist()) == {1}
    cold = draw(logits, temperature=1e-37).reshape(-1, 2)
    assert set(cold[:, 0].tolist()) == {1, 2}
    assert set(cold[:, 1].tolist()) == {1}


def test_narrow_logits_and_python_numbers():
    logits = jnp.array([[1.0, 3.0, 2.0]], jnp.bfloat16)
    greedy = quick(functools.partial(choose, temperature=0, top_k=2, top_p=0.9))
    tokens = greedy(logits, key=KEY)
    assert tokens.dtype == jnp.int32
    assert tokens.tolist() == [1]


def test_another_temperature_or_p_compiles_nothing():
    logits = np.log([[0.1, 0.6, 0.2, 0.1]])
    tokens = [draw(logits, temperature=t, top_p=p) for t, p in [(0.0, 1), (5.0, 1.0), (5.0, 0.2)]]
    assert [set(each.tolist()) for each in tokens] == [{1}, {0, 1, 2, 3}, {1}]
    count = compiled(None, ())._cache_size()
    draw(logits, temperature=7.0, top_p=0.3)
    assert compiled(None, ())._cache_size() == count


def test_a_row_does_not_see_the_others():
    logits = np.random.default_rng(0).normal(size=(ROWS, 4))
    tokens = draw(logits)
    logits[100:] = 0
    np.testing.assert_array_equal(draw(logits)[:100], tokens[:100])
    assert (draw(logits, key=jax.random.key(4))[:100] != tokens[:100]).any()


def test_as_many_rows_as_there_are():
    """The draw of a row is the same in a batch of another size."""
    few = quick(choose)(jnp.zeros((50, 4)), key=KEY)
    np.testing.assert_array_equal(few, draw(np.zeros((1, 4)))[:50])


def test_a_temperature_and_a_p_for_each_row():
    logits = np.tile(np.log([[0.1, 0.6, 0.2, 0.1]]), (ROWS, 1)).astype(np.float32)
    several = np.resize([0.0, 1.0, 5.0], ROWS).astype(np.float32)
    tokens = draw(logits, temperature=several)
    for n, temperature in enumerate(several[:3]):
        want = draw(logits, temperature=float(temperature))
        np.testing.assert_array_equal(tokens[n::3], want[n::3])
    p = np.resize([0.5, 1.0], ROWS).astype(np.float32)
    cut = draw(logits, top_p=p)
    assert set(cut[::2].tolist()) == {1}
    np.testing.assert_array_equal(cut[1::2], draw(logits)[1::2])
    each = np.asarray(top_p_jitted(logits[:2], p[:2]))
    assert np.isfinite(each).sum(-1).tolist() == [1, 4]


NOTHING_LEFT = np.array([[0.0, -np.inf, -np.inf], [1.0, 2.0, 3.0]], np.float32)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_row_without_a_token(temperature):
    undefined = np.array([[0.0, np.nan, 0.0], [1.0, 9.0, 3.0]], np.float32)
    one = compiled(None, (0,))
    for logits in (NOTHING_LEFT, undefined):
        tokens = np.asarray(one(logits, temperature=temperature, top_p=0.7, key=KEY))
        assert tokens[0] == NO_TOKEN
        assert tokens[1] in (1, 2)
        with pytest.raises(ValueError, match=r"logits: got NaN, or -inf for all .* in row 0"):
            choose(logits, temperature=temperature, forbid=[0], key=KEY)
    with pytest.raises(ValueError, match="the model gave NaN as logits"):
        check_chosen(tokens)
    with pytest.raises(ValueError, match="the model gave NaN as log probabilities"):
        check_defined(jnp.array([0.0, jnp.nan]))
    check_chosen(tokens[1:])
    check_defined(-jnp.inf)


def test_traced_values_out_of_range_give_no_token():
    logits, one = NOTHING_LEFT[1:], compiled(None, ())
    for options in ({"temperature": -1.0}, {"temperature": np.nan}, {"top_p": 0.0}):
        given = {"temperature": 1.0, "top_p": 0.5} | options
        assert one(logits, key=KEY, **given)[0] == NO_TOKEN


def test_a_certain_token():
    certain = np.array([[0.0, np.inf, 3.0]] * 9, np.float32)
    for temperature in (0.0, 1.0, 1e9):
        tokens = compiled(None, ())(certain, temperature=temperature, top_p=0.5, key=KEY)
        assert set(tokens.tolist()) == {1}


def test_filters_of_narrow_logits():
    """Probabilities are added in float32: in bfloat16 a sum stops growing at 256 times a term."""
    logits = np.zeros(4000, jnp.bfloat16)
    kept = np.asarray(top_p_jitted(logits, 0.9), np.float32)
    assert np.isfinite(kept).sum() == pytest.approx(3600, abs=2)
    undefined = np.array([0.0, np.nan], np.float32)
    assert np.isnan(top_p_jitted(undefined, 0.5)).any()
    assert np.isnan(top_k_jitted(undefined, 1)).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": [1.0, -2.0]}, "temperature: got -2.0"),
        ({"temperature": [1.0, 2.0, 3.0]}, r"temperature: got shape \[3\], want a number or one"),
        ({"temperature": "warm"}, "temperature: got 'warm'"),
        ({"top_p": np.array([0.5, 1.5])}, "top_p: got 1.5"),
        ({"temperature": -0.1}, "temperature: got -0.1"),
        ({"temperature": float("nan")}, "temperature: got nan"),
        ({"temperature": float("inf")}, "temperature: got inf"),
        ({"top_k": 0}, "top_k: got 0"),
        ({"top_k": 1.5}, "top_k: got 1.5"),
        ({"top_p": 0.0}, "top_p: got 0.0"),
        ({"top_p": 1.01}, "top_p: got 1.01"),
        ({"forbid": [3]}, r"forbid: got 3, want an id in \[0, 3\)"),
        ({"forbid": [0, 1, 2]}, "forbid: got all 3 ids"),
        ({"forbid": [1.0]}, "forbid: got 1.0, want an id"),
        ({"forbid": [True]}, "forbid: got True, want an id"),
        ({"forbid": 1}, "forbid: got 1, want ids"),
    ],
)
def test_refused(options, message):
    with pytest.raises(ValueError, match=message):
        choose(jnp.zeros((2, 3)), **options, key=KEY)


def test_forbidden_ids_as_any_collection():
    for ids in ({1, 2}, (1, 2), jnp.array([1, 2]), np.array([2, 1])):
        assert (choose(jnp.zeros((2, 3)), forbid=ids, key=KEY) == 0).all()
    with pytest.raises(ValueError, match=r"forbid: got .*, want ids that are known before"):
        jax.jit(lambda ids: choose(jnp.zeros((2, 3)), forbid=ids, key=KEY))(jnp.array([1]))
