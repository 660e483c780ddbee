"""Beam search against the enumeration of all sequences, and against greedy decoding."""

from __future__ import annotations

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.decoding import beam, choose, length_penalty, sample

V, T, EOS = 4, 4, 3
DRAW = np.random.default_rng(0)
LOGITS = jnp.asarray(DRAW.normal(size=(3, V, V, V)) * 1.5, jnp.float32)
B = len(LOGITS)
ROWS = jnp.arange(B)


def step(carry, token):
    """A Markov model of second order for each row; the carry is (row, token before)."""
    row, before = carry
    return (row, token), LOGITS[row, before, token]


def start():
    return ROWS, jnp.zeros(B, jnp.int32)


def search(width, penalty=0.0, steps=T, forbid=()):
    return quick(
        lambda carry, first: beam(
            step, carry, first, width=width, steps=steps, eos=EOS, penalty=penalty, forbid=forbid
        )
    )(start(), jnp.zeros(B, jnp.int32))


def everything(row, penalty, forbid=()):
    """tokens -> (score, log p), of all sequences that end in EOS or are T long."""
    logs = np.asarray(jax.nn.log_softmax(LOGITS[row]), np.float64)
    found = {}
    for length in range(1, T + 1):
        for word in itertools.product(range(V), repeat=length):
            if EOS in word[:-1] or (word[-1] != EOS and length < T) or set(word) & set(forbid):
                continue
            before, last, total = 0, 0, 0.0
            for token in word:
                total += logs[before, last, token]
                before, last = last, token
            found[word] = (total / ((5 + length) / 6) ** penalty, total)
    return found


@pytest.mark.parametrize(("penalty", "forbid"), [(0.0, ()), (1.3, (1,))])
def test_a_wide_beam_finds_everything(penalty, forbid):
    width = 150
    found = search(width, penalty, forbid=forbid)
    for row in range(B):
        want = everything(row, penalty, forbid)
        size = len(want)
        assert size < width
        lengths, logs, scores = (np.asarray(a)[row] for a in found[1:])
        words = [tuple(found.tokens[: lengths[k], row, k].tolist()) for k in range(size)]
        assert set(words) == set(want)
        assert (np.diff(scores[:size]) <= 0).all()
        np.testing.assert_allclose(
            np.stack([scores[:size], logs[:size]], -1), [want[w] for w in words], rtol=2e-6
        )
        # What is left of the beam is nothing, and says so.
        assert (lengths[size:] == 0).all()
        assert (logs[size:] == -np.inf).all()
    past = np.arange(T)[:, None, None] >= np.asarray(found.lengths)
    assert (np.asarray(found.tokens)[past] == EOS).all()


def test_width_one_is_greedy():
    drawn = quick(
        lambda key: sample(
            step, start(), jnp.zeros(B, jnp.int32), steps=9, eos=EOS, key=key,
            choose=partial(choose, temperature=0.0),
        )
    )(jax.random.key(0))  # fmt: skip
    found = search(1, penalty=0.7, steps=9)
    assert found.lengths[:, 0].tolist() == drawn.lengths.tolist()
    np.testing.assert_array_equal(found.tokens[..., 0], drawn.tokens)
    total = drawn.log_probabilities.sum(0)
    np.testing.assert_allclose(found.log_probabilities[:, 0], total, rtol=1e-6)
    assert len(set(drawn.lengths.tolist())) > 1  # rows end at different times


def naive(row, width, steps):
    """{tokens: log p} of a beam search with lists, in which what has ended keeps its place."""
    logs = np.asarray(jax.nn.log_softmax(LOGITS[row]), np.float64)
    open_ones, ended = [((), 0.0)], {}
    for _ in range(steps):
        grown = [
            ((*word, token), total + logs[(0, 0, *word)[-2:]][token])
            for word, total in open_ones
            for token in range(V)
        ]
        grown = sorted(grown, key=lambda pair: -pair[1])[: width - len(ended)]
        ended |= {word: total for word, total in grown if word[-1] == EOS}
        open_ones = [(word, total) for word, total in grown if word[-1] != EOS]
    return ended | dict(open_ones)


def test_narrow_beams_against_lists():
    """The same hypotheses with the same log p, in the order of their scores."""
    width, steps = 3, 7
    found = search(width, penalty=1.0, steps=steps)
    for row in range(B):
        want = naive(row, width, steps)
        lengths, logs, scores = (np.asarray(a)[row] for a in found[1:])
        words = [tuple(found.tokens[: lengths[k], row, k].tolist()) for k in range(width)]
        assert set(words) == set(want)
        np.testing.assert_allclose(logs, [want[word] for word in words], rtol=2e-6)
        np.testing.assert_allclose(scores, logs / length_penalty(lengths, 1.0), rtol=2e-6)
        assert (np.diff(scores) <= 0).all()
        assert lengths.min() < lengths.max()


def test_rows_do_not_depend_on_each_other():
    whole = search(3, steps=7)
    find = quick(partial(beam, step, width=3, steps=7, eos=EOS))
    for row in range(B):
        alone = find((ROWS[row : row + 1], ROWS[:1] * 0), ROWS[:1] * 0)
        np.testing.assert_array_equal(alone.tokens[:, 0], whole.tokens[:, row])
        np.testing.assert_allclose(alone.scores[0], whole.scores[row], rtol=1e-6)


def test_length_penalty():
    lengths = np.array([1, 7])
    np.testing.assert_allclose(length_penalty(lengths, 1.0), [1.0, 2.0])
    np.testing.assert_allclose(length_penalty(lengths, 0.0), [1.0, 1.0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 0}, "width: got 0"),
        ({"steps": 0}, "steps: got 0"),
        ({"eos": V}, "eos: got 4"),
        ({"eos": 0.5}, "eos: got 0.5, want an id"),
        ({"eos": True}, "eos: got True, want an id"),
        ({"penalty": -1.0}, "penalty: got -1.0"),
        ({"forbid": (EOS,)}, "forbid: got 3, which is eos"),
        ({"forbid": (7,)}, "forbid: got 7"),
    ],
)
def test_what_is_refused(change, words):
    arguments = {"width": 2, "steps": 3, "eos": EOS, **change}
    with pytest.raises(ValueError, match=words):
        beam(step, start(), jnp.zeros(B, jnp.int32), **arguments)
    with pytest.raises(ValueError, match="first: got float"):
        beam(step, start(), jnp.zeros(B), width=2, steps=3, eos=EOS)
