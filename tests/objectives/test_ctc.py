"""The CTC loss against the sum over all paths, and against torch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ctc_paths import labelings
from walking import quick

from seqjax.objectives.ctc import ctc_loss, feasible, needed

LABELS = [(), (1,), (1, 1), (0, 1), (1, 0, 1), (0, 0, 1), (1, 1, 0)]


def padded(rows, fill):
    """int [L, B]."""
    whole = np.full((max(map(len, rows)), len(rows)), fill, np.int32)
    for b, row in enumerate(rows):
        whole[: len(row), b] = row
    return whole


def problem(blank, steps=5, fill=0):
    """Logits, lengths, labels, label lengths: every labelling at every length it fits into."""
    renamed = [tuple(x + (x >= blank) for x in row) for row in LABELS]
    pairs = [(n, row) for row in renamed for n in range(needed(row), steps + 1)]
    logits = np.random.default_rng(0).normal(size=(steps, len(pairs), 3)) * 2
    lengths = np.array([n for n, _ in pairs], np.int32)
    rows = [row for _, row in pairs]
    return logits, lengths, rows, padded(rows, fill), np.array(list(map(len, rows)), np.int32)


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.usefixtures("x64")
def test_it_is_the_sum_over_all_paths(blank):
    logits, lengths, rows, labels, sizes = problem(blank)
    loss = quick(lambda *given: ctc_loss(*given, blank=blank))
    got = loss(jnp.asarray(logits), lengths, labels, sizes)
    want = [
        -np.log(labelings(logits[:n, b], blank)[rows[b]]) if n else 0 for b, n in enumerate(lengths)
    ]
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


@pytest.mark.usefixtures("x64")
def test_values_and_gradients_are_those_of_torch():
    torch = pytest.importorskip("torch")
    logits, lengths, _, labels, sizes = problem(2)
    weights = np.random.default_rng(1).normal(size=lengths.shape)

    def loss(logits):
        nats = ctc_loss(logits, lengths, labels, sizes, blank=2)
        return (nats * weights).sum(), nats

    (_, got), gradient = quick(jax.value_and_grad(loss, has_aux=True))(jnp.asarray(logits))
    some = lengths > 0  # torch refuses rows of no steps
    x = torch.tensor(logits[:, some], requires_grad=True)
    nats = torch.nn.functional.ctc_loss(
        x.log_softmax(-1),
        torch.tensor(labels.T[some]).long(),
        torch.tensor(lengths[some]).long(),
        torch.tensor(sizes[some]).long(),
        blank=2,
        reduction="none",
    )
    (nats * torch.tensor(weights[some])).sum().backward()
    np.testing.assert_allclose(got[some], nats.detach(), atol=1e-12)
    np.testing.assert_allclose(gradient[:, some], x.grad, atol=1e-12)
    assert not np.any(gradient[:, ~some])


def test_padding_does_not_enter():
    logits, lengths, _, labels, sizes = problem(2)
    _, _, _, others, _ = problem(2, fill=1)
    poisoned = np.array(logits, np.float32)
    for b, n in enumerate(lengths):
        poisoned[n:, b] = np.nan
    loss = quick(lambda *given: ctc_loss(*given, blank=2))
    clean = loss(jnp.asarray(logits, jnp.float32), lengths, labels, sizes)
    np.testing.assert_array_equal(loss(jnp.asarray(poisoned), lengths, others, sizes), clean)


def test_too_few_steps_are_infinite_and_refused():
    logits = jnp.zeros((3, 4, 3))
    rows = [(0, 0), (0, 0), (0, 1, 0), (0, 1, 0)]
    labels, sizes = padded(rows, 0), np.array([2, 2, 3, 3])
    loss = quick(lambda *given: ctc_loss(*given, blank=2))
    nats = loss(logits, np.array([3, 2, 3, 2]), labels, sizes)
    np.testing.assert_array_equal(np.isinf(nats), [False, True, False, True])
    assert [needed(row) for row in rows] == [3, 3, 3, 3]
    feasible([3, 3, 3, 3], rows, "abcd")
    with pytest.raises(ValueError, match=r"b: has 2 steps, but its 2 labels need 3 .*; so have 1"):
        feasible([3, 2, 3, 2], rows, "abcd")


def test_it_refuses():
    with pytest.raises(ValueError, match=r"blank: got 3, want an id in \[0, 3\)"):
        ctc_loss(jnp.zeros((2, 1, 3)), np.ones(1, int), np.zeros((1, 1), int), np.ones(1), blank=3)
    with pytest.raises(ValueError, match=r"labels: got shape \(1, 2\), want \[L, 1\]"):
        ctc_loss(jnp.zeros((2, 1, 3)), np.ones(1, int), np.zeros((1, 2), int), np.ones(2), blank=0)
