"""The chain against every tag sequence there is, one by one."""

from __future__ import annotations

import itertools
from functools import cache

import jax
import numpy as np
import pytest
from jax.test_util import check_grads
from walking import close, quick

from seqjax.objectives.crf import crf_nll, marginals
from seqjax.objectives.crf_chain import FORBIDDEN, constrained
from seqjax.objectives.tag_schemes import Legal, legal
from seqjax.objectives.viterbi import viterbi

T, B, C = 4, 5, 3
LENGTHS = np.array([4, 2, 0, 1, 3])


def problem(seed=0, dtype=np.float64):
    draw = np.random.default_rng(seed)
    params = {
        "transitions": draw.normal(size=(C, C)),
        "starts": draw.normal(size=C),
        "ends": draw.normal(size=C),
    }
    emissions, tags = draw.normal(size=(T, B, C)), draw.integers(C, size=(T, B))
    return jax.tree.map(lambda a: a.astype(dtype), (params, emissions)), tags


def every(params, emissions, n, row):
    """[(tags, score)] of all sequences of n tags, from the definition."""
    found = []
    for y in itertools.product(range(C), repeat=n):
        score = sum(emissions[t, row, y[t]] for t in range(n))
        score += sum(params["transitions"][a, b] for a, b in itertools.pairwise(y))
        score += params["starts"][y[0]] + params["ends"][y[-1]] if n else 0.0
        found.append((y, score))
    return found


def brute(params, emissions, tags):
    """nll [B], marginals [T, B, C], best tags [T, B] and their scores [B]."""
    nll, marginal = np.zeros(B), np.zeros((T, B, C))
    best, top = np.zeros((T, B), int), np.zeros(B)
    for b, n in enumerate(LENGTHS):
        paths = every(params, emissions, n, b)
        log_z = np.logaddexp.reduce([score for _, score in paths])
        nll[b] = log_z - dict(paths)[tuple(tags[:n, b].tolist())]
        for y, score in paths:
            for t, tag in enumerate(y):
                marginal[t, b, tag] += np.exp(score - log_z)
        y, top[b] = max(paths, key=lambda pair: pair[1])
        best[:n, b] = y
    return nll, marginal, best, top


@cache
def compiled():
    """All answers of one program."""
    return quick(
        lambda params, emissions, tags, lengths: (
            crf_nll(params, emissions, tags, lengths),
            marginals(params, emissions, lengths),
            *viterbi(params, emissions, lengths),
        )
    )


def ours(params, emissions, tags):
    return [np.asarray(a) for a in compiled()(params, emissions, tags, LENGTHS)]


@pytest.mark.parametrize("seed", range(3))
def test_brute_force(seed):
    (params, emissions), tags = problem(seed)
    want = brute(params, emissions, tags)
    with jax.enable_x64(True):
        got = ours(params, emissions, tags)
    close(got, list(want), 1e-12)
    assert got[0][2] == 0  # the empty row


def test_brute_force_under_masks():
    draw = np.random.default_rng(6)
    # Every step has a way on: tag 0 may stand anywhere.
    masks = Legal(draw.random((C, C)) < 0.5, draw.random(C) < 0.5, draw.random(C) < 0.5)
    masks.transitions[0] = masks.transitions[:, 0] = masks.starts[0] = masks.ends[0] = True
    assert not masks.transitions.all()
    (params, emissions), tags = problem(1)
    tags[:] = 0
    without = {k: np.where(getattr(masks, k), v, -np.inf) for k, v in params.items()}
    want = brute(without, emissions, tags)
    with jax.enable_x64(True):
        limited = constrained(params, masks)
        got = ours(limited, emissions, tags)
        gradient = jax.grad(
            lambda p: crf_nll(constrained(p, masks), emissions, tags, LENGTHS).sum()
        )
        slopes = quick(gradient)(params)
    close(got, list(want), 1e-12)
    for name, slope in slopes.items():
        assert np.isfinite(slope).all()
        assert (np.asarray(slope)[~getattr(masks, name)] == 0).all()


def test_gradients():
    (params, emissions), tags = problem(2)
    with jax.enable_x64(True):
        function = jax.jit(lambda p, e: crf_nll(p, e, tags, LENGTHS))
        check_grads(function, (params, emissions), order=1, modes=["rev"], atol=1e-7, rtol=1e-7)
        slopes = quick(jax.grad(lambda p: crf_nll(p, emissions, tags, LENGTHS).sum()))(params)
        # From the definition: expected less observed transitions, by enumeration.
        want = np.zeros((C, C))
        for b, n in enumerate(LENGTHS):
            paths = every(params, emissions, n, b)
            log_z = np.logaddexp.reduce([score for _, score in paths])
            for y, score in paths:
                for pair in itertools.pairwise(y):
                    want[pair] += np.exp(score - log_z)
            for pair in itertools.pairwise(tags[:n, b].tolist()):
                want[pair] -= 1
    close(slopes["transitions"], want, 1e-12)


def test_padding_is_never_seen():
    (params, emissions), tags = problem(3, np.float32)
    want = ours(params, emissions, tags)
    past = np.arange(T)[:, None] >= LENGTHS
    emissions[past], tags[past] = np.nan, 99
    for a, b in zip(ours(params, emissions, tags), want, strict=True):
        np.testing.assert_array_equal(a, b)
    slopes = quick(jax.grad(lambda e: crf_nll(params, e, tags, LENGTHS).sum()))(emissions)
    assert (np.asarray(slopes)[past] == 0).all()
    assert np.isfinite(slopes).all()


def test_a_tag_out_of_range_is_no_number():
    (params, emissions), tags = problem(3, np.float32)
    tags[1, 0] = C
    got = ours(params, emissions, tags)[0]
    assert np.isnan(got[0])
    assert np.isfinite(got[1:]).all()


def test_names_begin_before_they_go_on():
    names = ["O", "B-x", "I-x"]
    params = {"transitions": np.zeros((C, C)), "starts": np.zeros(C), "ends": np.zeros(C)}
    limited = constrained(jax.tree.map(np.float32, params), legal(names, "IOB2"))
    assert limited["starts"].tolist() == [0, 0, np.float32(FORBIDDEN)]
    emissions = np.zeros((T, B, C), np.float32)
    emissions[..., 2] = 5  # all for I
    _, found, tags, _ = ours(limited, emissions, np.zeros((T, B), int))
    assert tags[:, 0].tolist() == [1, 2, 2, 2]
    assert found[0, 0, 2] == 0


def test_refuses():
    (params, emissions), tags = problem()
    with pytest.raises(
        ValueError, match=r"tags: got int32\[3, 5\], want integers of shape \[4, 5\]"
    ):
        crf_nll(params, emissions, tags[:3], LENGTHS)
    with pytest.raises(ValueError, match=r"transitions: got shape \(3, 2\), want \(3, 3\)"):
        viterbi({**params, "transitions": np.zeros((3, 2))}, emissions, LENGTHS)
    with pytest.raises(ValueError, match="lengths: got 9 in row 0, want 0 to 4"):
        marginals(params, emissions, np.array([9, 0, 0, 0, 0]))
