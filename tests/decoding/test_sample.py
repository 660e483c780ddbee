"""Sampling from a hand-made Markov model, against its table of probabilities."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.decoding import NO_TOKEN, choose, sample

V = 5
KEY = jax.random.key(11)
TABLE = np.random.default_rng(0).dirichlet(np.ones(V), size=(V, V)) + 0.01
TABLE /= TABLE.sum(-1, keepdims=True)  # p(next | token before, token)
LOGITS = jnp.array(np.log(TABLE) + 3, jnp.float32)


def step(carry, token):
    """A Markov model of second order; the carry is the token before."""
    return token, LOGITS[carry, token]


def start(batch: int) -> jax.Array:
    return jnp.zeros(batch, jnp.int32)


def log_table(tokens: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """log p of each token [T, B] from the table, in float64, 0 past the lengths."""
    logs = np.zeros(tokens.shape)
    for b, length in enumerate(lengths):
        before, last = 0, 0
        for t in range(length):
            logs[t, b] = np.log(TABLE[before, last, tokens[t, b]])
            before, last = last, tokens[t, b]
    return logs


def largest(logits, *, key):
    return logits.argmax(-1)


@quick
def samples(temperature, key, prompt, prompt_lengths):
    batch = len(prompt_lengths)
    return sample(
        step, start(batch), start(batch), steps=6, choose=partial(choose, temperature=temperature),
        eos=4, prompt=prompt, prompt_lengths=prompt_lengths, key=key,
    )  # fmt: skip


PROMPT = jnp.array([[1, 2, 4, 3], [4, 2, 3, 1], [1, 1, 1, 0]])
PROMPT_LENGTHS = jnp.array([2, 0, 3, 1])


def test_frequencies():
    """χ² of the transitions below its 99.9 % quantile: 25 contexts of 4 degrees each, 149.449."""
    rows, steps = 4000, 4
    got = quick(
        lambda: sample(step, start(rows), start(rows), steps=steps, choose=choose, key=KEY)
    )()
    assert got.lengths.tolist() == [steps] * rows
    walks = np.concatenate([np.zeros((2, rows), int), got.tokens])
    counts = np.zeros((V, V, V))
    np.add.at(counts, (walks[:-2], walks[1:-1], walks[2:]), 1)
    seen = counts.sum(-1, keepdims=True)
    want = seen * TABLE
    assert seen.min() > 0
    chi_square = ((counts - want) ** 2 / want).sum()
    assert 59.7 < chi_square < 149.449  # 0.1 % and 99.9 %, for 100 degrees (two tails)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 3.0])
def test_log_probabilities_are_the_models_own(temperature):
    got = samples(temperature, KEY, PROMPT, PROMPT_LENGTHS)
    want = log_table(np.asarray(got.tokens), np.asarray(got.lengths))
    np.testing.assert_allclose(got.log_probabilities, want, rtol=0, atol=2e-6)
    assert got.log_probabilities.dtype == jnp.float32


def test_prompts_are_fed_and_rows_end_at_eos_or_their_limit():
    ends, prompt = set(), np.asarray(PROMPT)
    for seed in range(8):
        drawn = samples(1.0, jax.random.key(seed), PROMPT, PROMPT_LENGTHS)
        got = jax.tree.map(np.asarray, drawn)
        assert got.tokens.shape == got.log_probabilities.shape == (9, 4)
        for b, prompt_length in enumerate(PROMPT_LENGTHS.tolist()):
            row, length = got.tokens[:, b], got.lengths[b]
            assert (row[:prompt_length] == prompt[:prompt_length, b]).all()
            drawn = row[prompt_length:length].tolist()
            assert 4 not in drawn[:-1]
            assert drawn[-1] == 4 or len(drawn) == 6
            assert (row[length:] == 4).all()
            assert (got.log_probabilities[length:, b] == 0).all()
            ends.add("eos" if drawn[-1] == 4 else "limit")
    assert ends == {"eos", "limit"}


def test_another_temperature_compiles_nothing():
    samples(1.0, KEY, PROMPT, PROMPT_LENGTHS)
    compiled = samples._cache_size()
    hot = samples(50.0, KEY, PROMPT, PROMPT_LENGTHS).tokens
    cold = samples(0.0, KEY, PROMPT, PROMPT_LENGTHS).tokens
    assert samples._cache_size() == compiled
    assert (hot != cold).any()


def test_a_row_does_not_see_the_others():
    """Neither their number, nor their prompts, nor the length of the longest prompt."""
    full = samples(1.5, KEY, PROMPT, PROMPT_LENGTHS)
    alone = samples(1.5, KEY, PROMPT[:2, :2], PROMPT_LENGTHS[:2])
    np.testing.assert_array_equal(full.tokens[:8, :2], alone.tokens)
    np.testing.assert_array_equal(full.log_probabilities[:8, :2], alone.log_probabilities)
    np.testing.assert_array_equal(full.carry[:2], alone.carry)


def test_the_same_prompt_goes_on_differently_in_each_row_and_with_each_key():
    prompt, lengths = jnp.ones((3, 4), int), jnp.ones(4, int)
    one, two = (samples(9.0, jax.random.key(k), prompt, lengths).tokens for k in (0, 1))
    assert len({tuple(row) for row in one.T.tolist()}) == 4
    assert (one != two).any()


def test_the_carry_goes_on_where_the_sample_stopped():
    walk = jax.jit(partial(sample, step, choose=largest, key=KEY), static_argnames="steps")
    whole = walk(start(2), start(2), steps=6)
    half = walk(start(2), start(2), steps=3)
    rest = walk(half.carry, half.tokens[-1], steps=3)
    np.testing.assert_array_equal(whole.tokens, jnp.concatenate([half.tokens, rest.tokens]))


def test_the_carry_of_a_row_that_ended_stands_still():
    got = samples(1.0, KEY, PROMPT, PROMPT_LENGTHS)
    last_but_one = np.asarray(got.tokens)[np.asarray(got.lengths) - 2, np.arange(4)]
    np.testing.assert_array_equal(got.carry, np.where(got.lengths > 1, last_but_one, 0))


def test_the_loop_ends_when_all_rows_have_ended():
    calls = []

    def counted(carry, token):
        jax.debug.callback(lambda: calls.append(1))
        return carry, jnp.full((2, V), 0.0).at[:, 3].set(99.0)

    got = sample(counted, start(2), start(2), steps=500, choose=largest, eos=3, key=KEY)
    jax.effects_barrier()
    assert len(calls) == 1
    assert got.lengths.tolist() == [1, 1]
    assert (got.tokens == 3).all()


@quick
def prompted(prompt, lengths):
    """log p [T, B] of prompts, behind each of which one token is drawn."""
    batch = len(lengths)
    return sample(
        step, start(batch), start(batch), steps=1, choose=choose, prompt=prompt,
        prompt_lengths=lengths, key=KEY,
    ).log_probabilities[:-1]  # fmt: skip


def test_log_probabilities_of_prompts_ignore_what_stands_past_their_lengths():
    tokens = np.random.default_rng(1).integers(0, V, (6, 4))
    lengths = np.array([6, 3, 0, 1])
    want, real = log_table(tokens, lengths), np.arange(6)[:, None] < lengths
    poisoned = np.where(real, tokens, -1)
    for given in (tokens, poisoned):
        got = np.asarray(prompted(jnp.asarray(given), jnp.asarray(lengths)))
        np.testing.assert_allclose(np.where(real, got, 0), want, rtol=0, atol=2e-6)
    full = prompted(jnp.asarray(tokens), jnp.full(4, 6))
    np.testing.assert_allclose(full, log_table(tokens, [6] * 4), rtol=0, atol=2e-6)


def test_a_model_that_gives_nan_has_no_tokens():
    """From where a row is undefined on, it says so; the other row does not notice."""

    def undefined(carry, token):
        logits = jnp.where((carry == 2)[:, None] & jnp.array([[True], [False]]), jnp.nan, 0.0)
        return carry + 1, jnp.broadcast_to(logits, (2, V))

    drawn = quick(
        lambda key: sample(undefined, start(2), start(2), steps=4, choose=choose, key=key)
    )(KEY)
    assert (drawn.tokens[:, 0] == NO_TOKEN).tolist() == [False, False, True, False]
    assert (np.asarray(drawn.tokens[:, 1]) < V).all()
    assert np.isnan(drawn.log_probabilities[:, 0]).tolist() == [False, False, True, False]


def test_a_prompt_of_wrong_ids_has_no_probability():
    prompt = np.array([[-1, V, 2]], np.int32)
    drawn = quick(
        lambda key: sample(step, start(3), start(3), steps=1, choose=choose, prompt=prompt, key=key)
    )(KEY)
    assert np.isnan(drawn.log_probabilities[0]).tolist() == [True, True, False]


def test_all_sequences_of_a_length_have_probability_one():
    tokens = jnp.array(np.indices((V, V, V)).reshape(3, -1))
    logs = prompted(tokens, jnp.full(V**3, 3))
    np.testing.assert_allclose(np.exp(np.asarray(logs, np.float64).sum(0)).sum(), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps: got 0"),
        ({"first": jnp.zeros(2)}, "first: got float32"),
        ({"eos": 5}, r"eos: got 5, want an id in \[0, 5\)"),
        ({"first": jnp.zeros((2, 1), int)}, r"first: got int32\[2, 1\]"),
        ({"prompt": jnp.zeros(2, int)}, r"prompt: got int32\[2\]"),
        ({"prompt": jnp.zeros((3, 2))}, r"prompt: got float32\[3, 2\]"),
        ({"prompt": jnp.zeros((3, 4), int)}, "prompt: got 4 rows, want 2"),
        ({"prompt_lengths": jnp.ones(2, int)}, "prompt_lengths: got lengths without a prompt"),
        (
            {"prompt": jnp.zeros((3, 2), int), "prompt_lengths": jnp.array([4, 0])},
            r"prompt_lengths: got \[4 0\], want 0 to 3",
        ),
        (
            {"prompt": jnp.zeros((3, 2), int), "prompt_lengths": jnp.array([4])},
            r"prompt_lengths: got int32\[1\]",
        ),
    ],
)
def test_sample_refuses(options, message):
    given = {"first": start(2), "steps": 2, "choose": choose, "key": KEY} | options
    with pytest.raises(ValueError, match=message):
        sample(step, start(2), **given)
