"""A target that is none is NaN in every loss, and no parameter is moved by it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives import adaptive_softmax, chunked_cross_entropy, cross_entropy
from seqjax.objectives.classification import softmax_loss
from seqjax.objectives.crf import crf_nll
from seqjax.objectives.ctc import ctc_loss
from seqjax.objectives.sampled_softmax import candidate_softmax, sampled_softmax

V, E = 5, 4
TARGETS = np.array([-1, V, 2, -V, 2**31 - 1], np.int32)
IS_WRONG = TARGETS != 2
KEY = jax.random.key(0)
ADAPTIVE = adaptive_softmax(V, [2], divide=2.0, block=2)


def _total(total, params, hs, targets):
    return total(params, hs, targets, jnp.ones(len(hs)))[0]


def _ctc(p, hs, targets):
    logits = jnp.stack([hs @ p["w"].T + p["b"]] * 3)
    lengths = np.full(len(hs), 3, np.int32)
    return ctc_loss(logits, lengths, targets[None], lengths // 3, blank=0)


def _crf(p, hs, targets):
    chain = {"transitions": p["w"] @ p["w"].T, "starts": p["b"], "ends": p["b"]}
    emissions = (hs @ p["w"].T)[None]
    return crf_nll(chain, emissions, targets[None], np.ones(len(hs), np.int32))


LOSSES = {
    "cross_entropy": lambda p, hs, t: cross_entropy(hs @ p["w"].T + p["b"], t),
    "smoothed": lambda p, hs, t: cross_entropy(hs @ p["w"].T + p["b"], t, smoothing=0.1),
    "softmax_loss": lambda p, hs, t: softmax_loss(hs @ p["w"].T + p["b"], t, smoothing=0.1),
    "chunked elements": chunked_cross_entropy.elements,
    "chunked total": lambda *given: _total(chunked_cross_entropy.total, *given),
    "sampled": lambda p, hs, t: sampled_softmax(p["w"], p["b"], hs, t, samples=3, key=KEY),
    "adaptive elements": ADAPTIVE.elements,
    "adaptive total": lambda *given: _total(ADAPTIVE.total, *given),
    "crf": _crf,
    "ctc": _ctc,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_and_no_gradient(loss):
    draw = np.random.default_rng(0)
    hs = draw.normal(size=(len(TARGETS), E)).astype(np.float32)
    params = {"w": draw.normal(size=(V, E)).astype(np.float32), "b": np.zeros(V, np.float32)}
    if loss.startswith("adaptive"):
        params = ADAPTIVE.init(KEY, E)

    def total(params, hs, targets):
        nats = LOSSES[loss](params, hs, targets)
        return jnp.sum(nats), nats

    slopes = quick(jax.grad(total, argnums=(0, 1), has_aux=True))
    (dparams, dhs), nats = slopes(params, hs, TARGETS)
    np.testing.assert_array_equal(np.isnan(nats), IS_WRONG if nats.ndim else True)
    assert (np.asarray(dhs)[IS_WRONG] == 0).all()
    assert np.asarray(dhs)[2].any()
    # What is left is the gradient of the right target alone.
    alone = slopes(params, np.where(IS_WRONG[:, None], 0, hs), TARGETS)[0][0]
    jax.tree.map(np.testing.assert_array_equal, dparams, alone)


def test_a_wrong_candidate():
    w, b, hs, targets = jnp.ones((V, E)), jnp.zeros(V), jnp.ones((1, E)), jnp.ones(1, int)
    nats = quick(lambda ids: candidate_softmax(w, b, hs, targets, ids, jnp.zeros(2)))
    for candidate in (-1, V, 4):
        assert np.isnan(nats(np.array([0, candidate]))).all() == (candidate != 4)


def test_a_label_that_is_the_blank():
    lengths = np.array([3, 3], np.int32)
    loss = quick(lambda logits, ids: ctc_loss(logits, lengths, ids, lengths // 3, blank=3))
    nats = loss(np.zeros((3, 2, 4), np.float32), np.array([[3, 1]], np.int32))
    assert np.isnan(nats).tolist() == [True, False]
    with pytest.raises(ValueError, match="labels: got float32, want integers"):
        ctc_loss(jnp.zeros((3, 2, 4)), lengths, jnp.ones((1, 2)), lengths // 3, blank=3)
