"""Losses of whatever numbers come in, against their definitions in float64; none below 0."""

from __future__ import annotations

import itertools

import jax
import numpy as np
from ctc_paths import labelings
from hypothesis import given
from hypothesis import strategies as st
from narrow_numbers import close, log_softmax, numbers
from walking import quick

from seqjax.objectives import chunked_cross_entropy, cross_entropy
from seqjax.objectives.bernoulli import bernoulli
from seqjax.objectives.classification import sigmoid_loss, softmax_loss
from seqjax.objectives.crf import crf_nll, marginals
from seqjax.objectives.ctc import ctc_loss
from seqjax.objectives.regression import LOSSES, regression_loss
from seqjax.objectives.sampled_softmax import candidate_softmax
from seqjax.objectives.viterbi import viterbi

SMOOTHING = 0.1
seeds = st.integers(0, 2**32 - 1)


@quick
def of_classes(logits, targets):
    return (
        cross_entropy(logits, targets),
        cross_entropy(logits, targets, smoothing=SMOOTHING),
        softmax_loss(logits, targets),
        softmax_loss(logits, targets, smoothing=SMOOTHING),
    )


@given(numbers([(4, 3), (2, 1)]), seeds)
def test_losses_of_classes(both, seed):
    logits, wide = both
    targets = np.random.default_rng(seed).integers(wide.shape[-1], size=len(wide)).astype(np.int32)
    logs = log_softmax(wide)
    plain = -np.take_along_axis(logs, targets[:, None], -1)[:, 0]
    smooth = (1 - SMOOTHING) * plain - SMOOTHING * logs.mean(-1)
    for got, want in zip(of_classes(logits, targets), (plain, smooth) * 2, strict=True):
        close(got, want, wide)
        assert not (np.asarray(got) < 0).any()


@quick
def of_words(params, hs, targets):
    ids, zeros = np.arange(5), np.zeros(5, np.float32)
    return (
        chunked_cross_entropy.elements(params, hs, targets),
        candidate_softmax(params["w"], params["b"], hs, targets, ids, zeros),
    )


@given(numbers([(4, 5)], infinite=()), seeds)
def test_losses_of_words(both, seed):
    hs, wide = both
    draw = np.random.default_rng(seed)
    targets, b = draw.integers(5, size=4).astype(np.int32), draw.normal(size=5).astype(np.float32)
    logs = log_softmax(wide + b)
    params = {"w": np.eye(5, dtype=np.float32), "b": b}
    for got in of_words(params, hs, targets):
        close(got, -np.take_along_axis(logs, targets[:, None], -1)[:, 0], wide)
        assert (np.asarray(got) >= 0).all()


@quick
def of_labels(logits, targets):
    slopes = jax.grad(lambda x: bernoulli(x, targets).sum())(logits)
    return bernoulli(logits, targets), sigmoid_loss(logits, targets, smoothing=SMOOTHING), slopes


def softplus(x):
    return np.logaddexp(0, x)


@given(numbers([(4, 3), (2, 1)], infinite=(-np.inf, np.inf)), seeds)
def test_losses_of_labels(both, seed):
    logits, wide = both
    targets = np.random.default_rng(seed).random(wide.shape) < 0.5
    nats, smooth, slopes = of_labels(logits, targets)
    close(nats, softplus(np.where(targets, -wide, wide)).sum(-1), wide)
    q = (1 - SMOOTHING) * targets + SMOOTHING / 2
    close(smooth, q * softplus(-wide) + (1 - q) * softplus(wide), wide)
    assert (np.asarray(nats) >= 0).all()
    assert np.isfinite(np.asarray(slopes, np.float32)).all()


@given(numbers([(6,)], infinite=(-np.inf, np.inf)), seeds)
def test_losses_of_numbers(both, seed):
    ys, wide = both
    targets = np.random.default_rng(seed).normal(size=6).astype(np.float32)
    e = wide - targets
    want = {"mse": e**2, "mae": abs(e), "huber": np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5)}
    found = of_numbers(ys, targets)
    for name in LOSSES:
        close(found[name], want[name], want[name])


@quick
def of_numbers(ys, targets):
    return {name: regression_loss(name)(ys, targets) for name in LOSSES}


STEPS, ROWS, TAGS = 4, 3, 3
LENGTHS = np.array([4, 1, 3], np.int32)


@quick
def of_chains(chain, emissions, tags):
    score = viterbi(chain, emissions, LENGTHS)[1]
    return crf_nll(chain, emissions, tags, LENGTHS), marginals(chain, emissions, LENGTHS), score


@given(numbers([(STEPS, ROWS, TAGS)]), seeds)
def test_chains(both, seed):
    emissions, wide = both
    draw = np.random.default_rng(seed)
    tags = draw.integers(TAGS, size=(STEPS, ROWS)).astype(np.int32)
    sizes = {"transitions": (TAGS, TAGS), "starts": TAGS, "ends": TAGS}
    chain = {name: draw.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    nats, shares, score = of_chains(chain, emissions, tags)
    want, want_shares, want_score = np.zeros(ROWS), np.zeros(wide.shape), np.zeros(ROWS)
    for b, n in enumerate(LENGTHS):
        paths = list(itertools.product(range(TAGS), repeat=int(n)))
        scores = np.array([_score(chain, wide[:n, b], path) for path in paths])
        logs = log_softmax(scores)
        want[b], want_score[b] = -logs[paths.index(tuple(tags[:n, b].tolist()))], scores.max()
        for path, log in zip(paths, logs, strict=True):
            want_shares[np.arange(n), b, path] += np.exp(log)
    close(nats, want, wide)
    close(score, want_score, wide)
    possible = np.isfinite(want_score)
    close(shares[:, possible], want_shares[:, possible], wide)
    assert not (np.asarray(nats) < 0).any()


def _score(chain, emissions, path):
    moves = sum(chain["transitions"][pair] for pair in itertools.pairwise(path))
    ends = float(chain["starts"][path[0]]) + float(chain["ends"][path[-1]])
    return emissions[np.arange(len(path)), path].sum() + moves + ends


LABELS = [(), (1,), (0, 1), (0, 0)]
LABEL_LENGTHS = np.array(list(map(len, LABELS)), np.int32)
FRAMES = np.array([3, 4, 2, 4], np.int32)


@quick
def of_paths(logits):
    labels = np.array([[*row, 9, 9][:2] for row in LABELS], np.int32).T

    def total(logits):
        nats = ctc_loss(logits, FRAMES, labels, LABEL_LENGTHS, blank=2)
        return nats.sum(), nats

    return jax.grad(total, has_aux=True)(logits)


@given(numbers([(4, 4, 3)]))
def test_paths(both):
    logits, wide = both
    # A frame at which nothing is possible has no softmax.
    logits[..., 0] = wide[..., 0] = 0
    slopes, nats = of_paths(logits)
    with np.errstate(divide="ignore"):
        want = [-np.log(labelings(wide[:n, b], 2).get(LABELS[b], 0)) for b, n in enumerate(FRAMES)]
    # Where probabilities are too small for float64 itself there is nothing to compare with.
    known = (np.array(want) < 700) | np.isinf(nats)
    close(nats[known], np.array(want)[known], wide)
    assert (np.asarray(nats) >= 0).all()
    assert np.isfinite(np.asarray(slopes, np.float32)).all()
