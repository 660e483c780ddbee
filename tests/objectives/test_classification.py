"""Losses of classification against torch and sums by hand; metrics against loops."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walking import quick

from seqjax.objectives.classification import balanced, sigmoid_loss, softmax_loss
from seqjax.objectives.confusion import (
    accuracy,
    confusion,
    f1_of_classes,
    f1_of_labels,
    macro,
)

N, C = 7, 4
WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
DRAW = np.random.default_rng(0)
LOGITS = 3 * DRAW.normal(size=(N, C))
TARGETS = np.array([0, 1, 2, 3, 3, 1, 0])
SINGLE = LOGITS.astype(np.float32)
x64 = pytest.mark.usefixtures("x64")


@x64
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weighted"])
def test_softmax_equals_torch(weights: Any, smoothing: float) -> None:
    torch = pytest.importorskip("torch")
    found = softmax_loss(LOGITS, TARGETS, weights=weights, smoothing=smoothing)
    given_weights = None if weights is None else torch.tensor(weights)
    for targets in (TARGETS, np.eye(C)[TARGETS]):
        want = torch.nn.functional.cross_entropy(
            torch.tensor(LOGITS), torch.tensor(targets), weight=given_weights, reduction="none",
            label_smoothing=smoothing,
        )  # fmt: skip
        np.testing.assert_allclose(found, want.numpy(), rtol=1e-12)
        np.testing.assert_allclose(
            softmax_loss(LOGITS, targets, weights=weights, smoothing=smoothing), found, rtol=1e-12
        )


@x64
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
def test_sigmoid_equals_the_sum_by_hand(weighted: bool, smoothing: float) -> None:
    targets = DRAW.integers(0, 2, (N, C)).astype(float)
    absent, present = WEIGHTS[::-1], WEIGHTS
    pair = np.stack([absent, present]) if weighted else None
    found = sigmoid_loss(LOGITS, targets, weights=pair, smoothing=smoothing)
    for n, k in np.ndindex(N, C):
        p = 1 / (1 + np.exp(-LOGITS[n, k]))
        q = (1 - smoothing) * targets[n, k] + smoothing / 2
        yes, no = (present[k], absent[k]) if weighted else (1, 1)
        want = -yes * q * np.log(p) - no * (1 - q) * np.log(1 - p)
        assert float(found[n, k]) == pytest.approx(want, rel=1e-11)


@x64
def test_one_sigmoid_is_a_softmax_over_two() -> None:
    """σ(a - b) = softmax([b, a])_1, so that a binary output loses nothing."""
    pair = LOGITS[:, :2]
    targets = TARGETS % 2
    one = sigmoid_loss(pair[:, 1:] - pair[:, :1], targets[:, None])
    np.testing.assert_allclose(one[:, 0], softmax_loss(pair, targets), rtol=1e-12)


def test_targets_outside_the_classes_are_no_number() -> None:
    found = np.asarray(softmax_loss(SINGLE[:3], np.array([-1, 4, 0])))
    np.testing.assert_array_equal(np.isnan(found), [True, True, False])


def test_sigmoid_is_finite_far_out() -> None:
    far = np.full((1, 1), -1e4, np.float32)
    loss, slope = quick(jax.value_and_grad(lambda x: sigmoid_loss(x, np.ones((1, 1))).sum()))(far)
    assert float(loss) == 1e4
    assert float(slope[0, 0]) == -1


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: softmax_loss(SINGLE, TARGETS[:3]), "targets"),
        (lambda: softmax_loss(SINGLE, np.ones((N, C + 1))), "targets"),
        (lambda: softmax_loss(SINGLE, TARGETS, weights=WEIGHTS[:2]), "weights"),
        (lambda: softmax_loss(SINGLE, TARGETS, smoothing=1.0), "smoothing"),
        (lambda: sigmoid_loss(SINGLE, TARGETS), "targets"),
        (lambda: sigmoid_loss(SINGLE, SINGLE > 0, weights=WEIGHTS), "weights"),
        (lambda: balanced([3, 0]), "counts"),
        (lambda: confusion([0], [0, 1], 2), "predictions"),
        (lambda: confusion([0, 2], [0, 1], 2), "class 2"),
    ],
)
def test_refuses(call: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        call()


def test_balanced_weights_count_each_class_alike() -> None:
    counts = [1, 3, 6]
    weights = balanced(counts)
    totals = [weight * count for weight, count in zip(weights, counts, strict=True)]
    assert totals == pytest.approx([10 / 3] * 3)


CLASSES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)


def f1_by_hand(pairs: list, which: int) -> float:
    """2 P R / (P + R), from precision and recall; 0 where nothing is right."""
    right = sum(a == b == which for a, b in pairs)
    if not right:
        return 0.0
    precision = right / sum(b == which for _, b in pairs)
    recall = right / sum(a == which for a, _ in pairs)
    return 2 * precision * recall / (precision + recall)


@given(CLASSES)
def test_scores_equal_precision_and_recall(pairs: list) -> None:
    targets, predictions = zip(*pairs, strict=True)
    counts = confusion(targets, predictions, 4)
    assert counts.sum() == len(pairs)
    assert all(counts[a, b] == pairs.count((a, b)) for a in range(4) for b in range(4))
    assert accuracy(counts) == sum(a == b for a, b in pairs) / len(pairs)
    occurring = sorted({each for pair in pairs for each in pair})
    want = [f1_by_hand(pairs, each) for each in occurring]
    np.testing.assert_allclose(f1_of_classes(counts)[occurring], want, rtol=1e-12)
    assert macro(f1_of_classes(counts)) == pytest.approx(sum(want) / len(want))
    # Whole data sets or their parts: the counts add up.
    half = len(pairs) // 2
    parts = [confusion(targets[s], predictions[s], 4) for s in (slice(half), slice(half, None))]
    np.testing.assert_array_equal(sum(parts), counts)


@given(CLASSES)
def test_scores_equal_scikit_learn(pairs: list) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    targets, predictions = zip(*pairs, strict=True)
    counts = confusion(targets, predictions, 4)
    np.testing.assert_array_equal(
        counts, metrics.confusion_matrix(targets, predictions, labels=range(4))
    )
    want = metrics.f1_score(targets, predictions, average="macro", zero_division=0)
    assert macro(f1_of_classes(counts)) == pytest.approx(want)


def test_what_is_no_share_has_no_loss() -> None:
    """A loss could be below 0; and such a target, of a word that is not known, moves nothing."""
    logits = np.zeros((4, 1), np.float32)
    targets = np.array([[-1], [2], [np.nan], [0.5]], np.float32)

    def losses(logits):
        each = (
            sigmoid_loss(logits, targets),
            sigmoid_loss(logits, targets, smoothing=0.2, weights=[[1], [3]]),
            softmax_loss(logits, targets)[:, None],
        )
        nats = jnp.concatenate(each, -1)
        return nats.sum(), nats

    slopes, nats = quick(jax.grad(losses, has_aux=True))(logits)
    assert np.isnan(nats).any(-1).tolist() == [True, True, True, False]
    assert np.isnan(nats[0]).all()
    assert (np.asarray(slopes)[:3] == 0).all()
    with pytest.raises(ValueError, match=r"weights: got -1\.0, want numbers of 0"):
        softmax_loss(jnp.zeros((1, 2)), jnp.array([0]), weights=[1.0, -1.0])


def test_a_class_that_is_impossible_and_not_wanted() -> None:
    logits = np.array([[0.0, -np.inf, 0.0]], np.float32)
    loss = quick(jax.value_and_grad(lambda x, q: softmax_loss(x, q, weights=[1, 2, 3]).sum()))
    for targets in (np.array([0]), np.array([[1.0, 0.0, 0.0]], np.float32)):
        value, slopes = loss(logits, targets)
        assert value == pytest.approx(np.log(2))
        np.testing.assert_allclose(slopes, [[-0.5, 0, 0.5]], atol=1e-6)


def test_scores_of_several_labels() -> None:
    targets = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]])
    predictions = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0]])
    # First: one right, one missed. Second: two right, one too many. Third never occurs.
    np.testing.assert_allclose(f1_of_labels(targets, predictions), [2 / 3, 4 / 5, np.nan])
    assert macro(f1_of_labels(targets, predictions)) == pytest.approx((2 / 3 + 4 / 5) / 2)
