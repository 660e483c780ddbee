"""Losses over 20,000 steps in float32, whose seven digits are right up to the last ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives.crf import crf_nll, marginals
from seqjax.objectives.ctc import ctc_loss
from seqjax.objectives.viterbi import viterbi

T, C = 20_000, 3
LENGTHS = np.array([T], np.int32)


@quick
def of_a_chain(emissions, tags):
    """Without transitions each step is a softmax of its own: that is known in float64."""
    chain = {"transitions": jnp.zeros((C, C)), "starts": jnp.zeros(C), "ends": jnp.zeros(C)}
    nats, slopes = jax.value_and_grad(lambda e: crf_nll(chain, e, tags, LENGTHS)[0])(emissions)
    best, score = viterbi(chain, emissions, LENGTHS)
    return nats, slopes, marginals(chain, emissions, LENGTHS), best, score


@pytest.mark.parametrize("margin", [0.0, 30.0])
def test_a_chain(margin):
    draw = np.random.default_rng(0)
    tags = draw.integers(C, size=(T, 1)).astype(np.int32)
    is_tag = np.arange(C) == tags[..., None]
    emissions = (draw.normal(size=(T, 1, C)) + margin * is_tag).astype(np.float32)
    nats, slopes, probabilities, best, score = of_a_chain(emissions, tags)
    e = emissions.astype(np.float64)
    others = np.exp(np.where(is_tag, -np.inf, e - e[is_tag][:, None, None])).sum(-1)
    p = np.exp(e) / np.exp(e).sum(-1, keepdims=True)
    np.testing.assert_allclose(nats, np.log1p(others).sum(), rtol=2e-6)
    np.testing.assert_allclose(slopes, p - is_tag, rtol=0, atol=2e-5)
    np.testing.assert_allclose(probabilities, p, rtol=0, atol=2e-5)
    np.testing.assert_array_equal(best, e.argmax(-1))
    np.testing.assert_allclose(score, e.max(-1).sum(0), rtol=1e-6)


def forward(log_p, labels):
    """log p(labels) of log_p [T, C] for the blank 0, by Graves et al. 2006, equation 6 and 7."""
    symbols = np.zeros(2 * len(labels) + 1, int)
    symbols[1::2] = labels
    skips = np.r_[False, False, (symbols[2:] != 0) & (symbols[2:] != symbols[:-2])]
    paths = np.full(len(symbols), -np.inf)
    paths[:2] = log_p[0, symbols[:2]]
    for row in log_p[1:]:
        one = np.r_[-np.inf, paths[:-1]]
        two = np.where(skips, np.r_[-np.inf, -np.inf, paths[:-2]], -np.inf)
        paths = np.logaddexp(np.logaddexp(paths, one), two) + row[symbols]
    return np.logaddexp(*paths[-2:])


def test_labels_of_a_long_recording():
    """So unlikely that -1e5, which optax takes for log 0, is likelier."""
    draw = np.random.default_rng(0)
    classes, labels = 200, np.array([[7], [7], [3]], np.int32)
    logits = draw.normal(size=(T, 1, classes)).astype(np.float32)
    loss = quick(lambda x: ctc_loss(x, LENGTHS, labels, np.array([3], np.int32), blank=0)[0])
    e = logits[:, 0].astype(np.float64)
    want = -forward(e - np.log(np.exp(e).sum(-1, keepdims=True)), labels[:, 0])
    assert want > 1e5
    np.testing.assert_allclose(loss(logits), want, rtol=1e-6)


def test_no_probability_above_one():
    """All paths of two classes and one label, of which nearly every one counts."""
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(40, 256, 2)).astype(np.float32)
    logits[..., 1] += draw.uniform(8, 20, 256)
    lengths, labels = np.full(256, 40, np.int32), np.ones((1, 256), np.int32)
    loss = quick(lambda x: ctc_loss(x, lengths, labels, lengths // 40, blank=0))
    nats = np.asarray(loss(logits))
    assert (nats >= 0).all()
    assert nats.max() > 1e-5
