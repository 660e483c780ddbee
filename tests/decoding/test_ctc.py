"""Best path and prefix beam against the enumeration of all paths."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ctc_paths import labelings, spelled
from walking import quick

from seqjax.decoding.ctc import best_path, prefix_beam

STEPS, BATCH, CLASSES = 5, 6, 3
LENGTHS = np.array([5, 4, 3, 1, 0, 5], np.int32)
EVERY = 64
"""More than there are labels of at most five letters of two: 63."""


def logits(seed=0):
    return np.random.default_rng(seed).normal(size=(STEPS, BATCH, CLASSES)) * 1.5


def rows(found):
    """[(labels, log probability)] of each row."""
    ids, lengths, logs = (np.asarray(a) for a in found)
    return [
        [
            (tuple(ids[: lengths[b, k], b, k].tolist()), float(logs[b, k]))
            for k in range(ids.shape[2])
            if logs[b, k] > -np.inf
        ]
        for b in range(BATCH)
    ]


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.usefixtures("x64")
def test_a_beam_that_holds_all_is_exact(blank):
    given = logits()
    given[2, 0, 1] = given[1, 1, blank] = -np.inf  # what cannot be
    found = rows(quick(lambda a: prefix_beam(a, LENGTHS, blank=blank, width=EVERY))(given))
    for b, n in enumerate(LENGTHS):
        want = labelings(given[:n, b], blank) if n else {(): 1.0}
        want = {labels: p for labels, p in want.items() if p}
        assert len(found[b]) == len(want)
        assert {labels for labels, _ in found[b]} == set(want)
        for labels, log_p in found[b]:
            np.testing.assert_allclose(np.exp(log_p), want[labels], rtol=1e-10)
        logs = [log_p for _, log_p in found[b]]
        assert logs == sorted(logs, reverse=True)


@pytest.mark.usefixtures("x64")
def test_a_narrow_beam_finds_no_more_than_there_is():
    for width in (1, 3):
        search = quick(lambda a, width=width: prefix_beam(a, LENGTHS, blank=2, width=width))
        for seed in range(5):
            found = rows(search(given := logits(seed)))
            for b, n in enumerate(LENGTHS[:4]):
                want = labelings(given[:n, b], 2)
                assert len({labels for labels, _ in found[b]}) == len(found[b]) <= width
                assert all(np.exp(p) <= want[labels] + 1e-12 for labels, p in found[b])


def test_the_beam_finds_what_the_best_path_misses():
    # p(blank) = 0.6 at both steps: the best path says nothing (0.36), but "a" has 0.64.
    given = np.log(np.array([[[0.4, 0.6]], [[0.4, 0.6]]], np.float32))
    length = np.array([2])
    greedy, found = quick(
        lambda a: (best_path(a, length, blank=1), prefix_beam(a, length, blank=1, width=2))
    )(given)
    assert int(greedy.lengths[0]) == 0
    np.testing.assert_allclose(np.exp(greedy.log_probability), [0.36], rtol=1e-6)
    assert found.lengths[0].tolist() == [1, 0]
    np.testing.assert_allclose(np.exp(found.log_probability[0]), [0.64, 0.36], rtol=1e-6)


@pytest.mark.parametrize("blank", [0, 1, 2])
def test_the_best_path(blank):
    decode = quick(lambda a: best_path(a, LENGTHS, blank=blank))
    for seed in range(5):
        given = logits(seed)
        ids, lengths, logs = map(np.asarray, decode(given.astype(np.float32)))
        for b, n in enumerate(LENGTHS):
            path = given[:n, b].argmax(-1)
            want = spelled(path.tolist(), blank)
            assert tuple(ids[: lengths[b], b].tolist()) == want
            assert lengths[b] == len(want)
            assert not ids[lengths[b] :, b].any()
            p = np.exp(given[:n, b])
            np.testing.assert_allclose(logs[b], np.log(p.max(-1) / p.sum(-1)).sum(), atol=1e-5)


def test_narrow_logits_are_added_in_float32():
    """Rows of 60 steps, whose sum in bfloat16 is wrong in its second digit."""
    steps, lengths = 60, np.full(8, 60, np.int32)
    random = np.random.default_rng(0).normal(size=(steps, 8, CLASSES))
    narrow = jnp.asarray(random, jnp.bfloat16)
    decode = quick(
        lambda a: (best_path(a, lengths, blank=2), prefix_beam(a, lengths, blank=2, width=4))
    )
    for found, want in zip(decode(narrow), decode(narrow.astype(jnp.float32)), strict=True):
        assert found.log_probability.dtype == jnp.float32
        for got, exact in zip(found, want, strict=True):
            np.testing.assert_array_equal(got, exact)


def test_long_rows_are_told_apart():
    """How much likelier one prefix is than another, behind sums of 2,000 steps."""
    steps, lengths = 2000, np.array([2000, 1990])
    given = (4 * np.random.default_rng(0).normal(size=(steps, 2, CLASSES))).astype(np.float32)
    decode = quick(lambda a: prefix_beam(a, lengths, blank=2, width=4))
    with jax.enable_x64(True):
        wide = jax.tree.map(np.asarray, decode(given.astype(np.float64)))
    narrow = jax.tree.map(np.asarray, decode(given))
    np.testing.assert_array_equal(narrow.ids, wide.ids)
    ahead = narrow.log_probability[:, :1] - narrow.log_probability[:, 1:]
    want = wide.log_probability[:, :1] - wide.log_probability[:, 1:]
    np.testing.assert_allclose(narrow.log_probability, wide.log_probability, rtol=1e-6)
    np.testing.assert_allclose(ahead, want, atol=2e-4)


def test_padding_does_not_enter():
    clean = logits().astype(np.float32)
    poisoned = clean.copy()
    for b, n in enumerate(LENGTHS):
        poisoned[n:, b] = np.nan
    decode = quick(
        lambda a: (*prefix_beam(a, LENGTHS, blank=2, width=3), *best_path(a, LENGTHS, blank=2))
    )
    for got, want in zip(decode(poisoned), decode(clean), strict=True):
        np.testing.assert_array_equal(got, want)


def test_it_refuses():
    with pytest.raises(ValueError, match="width: got 0"):
        prefix_beam(jnp.zeros((2, 1, 3)), np.array([2]), blank=0, width=0)
    with pytest.raises(ValueError, match="want one label or more and a blank"):
        prefix_beam(jnp.zeros((2, 1, 1)), np.array([2]), blank=0)


@pytest.mark.parametrize("blank", [-1, 3, 1.0, True])
@pytest.mark.parametrize("decode", [best_path, prefix_beam])
def test_a_blank_that_is_no_id(decode, blank):
    with pytest.raises(ValueError, match=rf"blank: got {blank}, want an id in \[0, 3\)"):
        decode(jnp.zeros((4, 1, 3)), jnp.array([4]), blank=blank)
    with pytest.raises(ValueError, match=r"logits: got shape \[4, 3\], want \[T, B, C\]"):
        decode(jnp.zeros((4, 3)), jnp.array([4]), blank=0)
