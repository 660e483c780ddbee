"""Decoders of whatever logits come in, against their definitions in float64."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from ctc_paths import labelings, spelled
from hypothesis import given
from hypothesis import strategies as st
from narrow_numbers import close, log_softmax, numbers
from walking import quick

from seqjax.decoding import NO_TOKEN, beam, choose
from seqjax.decoding.ctc import best_path, prefix_beam
from seqjax.decoding.step import log_probability

KEY = jax.random.key(0)
ROWS, V = 3, 5
OPTIONS = [{"top_k": 2}, {"forbid": (1, 3)}, {"top_p": 0.6}, {"temperature": np.array([0, 0.5, 3])}]


@quick
def chosen(logits):
    """The tokens by each of the options."""
    return [choose(logits, key=KEY, **options) for options in OPTIONS]


def allowed(row, top_k=V, forbid=(), top_p=1.0, temperature=1.0):
    """The ids that may be chosen of a row, by the definition; None where rounding decides."""
    row = np.where(np.isin(np.arange(V), forbid), -np.inf, row)
    if np.isnan(row).any() or row.max() == -np.inf:
        return {NO_TOKEN}
    shares = np.exp(log_softmax(row)) if row.max() < np.inf else row == np.inf
    order = sorted(range(V), key=lambda n: (-row[n], n))
    order = order[: 1 if temperature == 0 else top_k]
    sums = np.cumsum(shares[order] / shares.sum())
    if np.abs(sums - top_p).min() < 1e-4 and top_p < 1:
        return None
    kept = [n for n, before in zip(order, [0, *sums], strict=False) if before < top_p]
    return {n for n in kept if shares[n] > 0} or {order[0]}


@given(numbers([(ROWS, V)], infinite=(-np.inf, np.inf, np.nan)))
def test_choose(both):
    logits, wide = both
    for options, tokens in zip(OPTIONS, chosen(logits), strict=True):
        for b, token in enumerate(tokens.tolist()):
            of_row = dict(options)
            if "temperature" in options:
                of_row["temperature"] = options["temperature"][b]
            possible = allowed(wide[b], **of_row)
            assert possible is None or token in possible


@given(numbers([(ROWS, V)]), st.integers(0, 99))
def test_log_probability(both, seed):
    logits, wide = both
    tokens = np.random.default_rng(seed).integers(V, size=ROWS).astype(np.int32)
    want = np.take_along_axis(log_softmax(wide), tokens[:, None], -1)[:, 0]
    close(probability_of(logits, tokens), np.where(np.isnan(want), -np.inf, want), wide)


probability_of = quick(log_probability)
STEPS, EOS = 3, 0


@quick
def beams_of(logits):
    """All sequences of up to 3 of 3 tokens, by logits [T, 3] of each step."""

    def step(time, token):
        return time + 1, jnp.broadcast_to(logits[time[0]], (len(token), 3))

    return beam(step, jnp.zeros(1, int), jnp.array([1]), width=15, steps=STEPS, eos=EOS)


@given(numbers([(STEPS, 3)]))
def test_beam(both):
    logits, wide = both
    logs = np.nan_to_num(log_softmax(wide), nan=-np.inf, neginf=-np.inf)
    want = {}
    for tokens in itertools.product(range(3), repeat=STEPS):
        end = tokens.index(EOS) + 1 if EOS in tokens else STEPS
        want[tokens[:end]] = logs[np.arange(end), tokens[:end]].sum()
    want = {tokens: log for tokens, log in want.items() if log > -np.inf}
    beams = jax.tree.map(np.asarray, beams_of(logits))
    lengths = beams.lengths[0]
    found = {tuple(beams.tokens[:n, 0, k].tolist()): k for k, n in enumerate(lengths) if n}
    assert found.keys() == want.keys()
    order = [want[tokens] for tokens in found]
    close(beams.log_probabilities[0, : len(order)], np.array(order), wide)
    assert (beams.log_probabilities[0, len(order) :] == -np.inf).all()


FRAMES = np.array([4, 1, 3], np.int32)


@quick
def labels_of(logits):
    return best_path(logits, FRAMES, blank=2), prefix_beam(logits, FRAMES, blank=2, width=31)


@given(numbers([(4, 3, 3)]))
def test_labels(both):
    logits, wide = both
    # A frame at which nothing is possible has no softmax.
    logits[..., 0] = wide[..., 0] = 0
    path, prefixes = jax.tree.map(np.asarray, labels_of(logits))
    for b, n in enumerate(FRAMES):
        logs = log_softmax(wide[:n, b])
        assert tuple(path.ids[: path.lengths[b], b].tolist()) == spelled(logs.argmax(-1), 2)
        close(path.log_probability[b], logs.max(-1).sum(), wide)
        want = {labels: p for labels, p in labelings(wide[:n, b], 2).items() if p > 1e-30}
        for k, (size, log) in enumerate(
            zip(prefixes.lengths[b], prefixes.log_probability[b], strict=True)
        ):
            labels = tuple(prefixes.ids[:size, b, k].tolist())
            if np.exp(np.float64(log)) > 1e-29:
                close(log, np.log(want.pop(labels)), wide)
        assert not [p for p in want.values() if p > 1e-28]
    assert path.log_probability.dtype == prefixes.log_probability.dtype == np.float32
