"""Losses of yes-or-no outputs and of numbers, against their equations in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives.bernoulli import bernoulli, frame_accuracy
from seqjax.objectives.regression import LOSSES, regression_loss


@pytest.fixture
def drawn():
    draw = np.random.default_rng(0)
    return 3 * draw.normal(size=(4, 3, 5)), draw.random((4, 3, 5)) < 0.4


def test_bernoulli(drawn, x64):
    logits, targets = drawn
    p = 1 / (1 + np.exp(-logits))
    want = -np.log(np.where(targets, p, 1 - p)).sum(-1)
    np.testing.assert_allclose(quick(bernoulli)(logits, targets), want, rtol=1e-12)


def test_bernoulli_of_certain_keys_is_finite():
    logits = np.array([[200.0, -200.0], [200.0, -200.0]], np.float32)
    found = quick(bernoulli)(logits, np.array([[1, 0], [0, 1]]))
    np.testing.assert_allclose(found, [0, 400])
    narrow = jax.ShapeDtypeStruct((1, 88), jnp.bfloat16)
    assert jax.eval_shape(bernoulli, narrow, np.ones((1, 88), bool)).dtype == np.float32


def test_frame_accuracy_counts_all_frames_together(drawn):
    logits, targets = drawn
    hits = union = 0
    for frame, wanted in zip(logits.reshape(-1, 5), targets.reshape(-1, 5), strict=True):
        predicted = {k for k in range(5) if frame[k] > 0}
        sounds = set(np.flatnonzero(wanted))
        hits, union = hits + len(predicted & sounds), union + len(predicted | sounds)
    values, weights = map(np.asarray, quick(frame_accuracy)(logits, targets))
    assert (values * weights).sum() / weights.sum() == pytest.approx(hits / union, rel=1e-6)
    assert values.sum() == hits


def test_shapes_that_differ():
    for function in (bernoulli, frame_accuracy, regression_loss("mse")):
        with pytest.raises(ValueError, match=r"targets: got shape \[3\], want \[2, 3\]"):
            function(jnp.zeros((2, 3)), np.zeros(3))


def reference(name, error, delta):
    if name == "mse":
        return error**2
    if name == "mae":
        return abs(error)
    return error**2 / 2 if abs(error) <= delta else delta * (abs(error) - delta / 2)


@pytest.mark.parametrize("delta", [0.5, 1.0])
@pytest.mark.parametrize("name", LOSSES)
def test_regression_losses(name, delta, x64):
    draw = np.random.default_rng(1)
    ys, targets = 2 * draw.normal(size=(2, 30))
    want = [reference(name, y - t, delta) for y, t in zip(ys, targets, strict=True)]
    found = quick(regression_loss(name, delta=delta))(ys, targets)
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_huber_is_smooth_where_its_parts_meet():
    slope = quick(jax.grad(lambda y: regression_loss("huber", delta=2.0)(y, np.zeros(()))))
    for y, want in ((0.0, 0), (1.999, 1.999), (2.001, 2), (9.0, 2), (-9.0, -2)):
        assert slope(jnp.float32(y)) == pytest.approx(want, abs=1e-6)


def test_regression_losses_refuse():
    with pytest.raises(ValueError, match=r"loss: got 'mes', want one of .*did you mean 'mse'"):
        regression_loss("mes")
    for delta in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="delta: got"):
            regression_loss("huber", delta=delta)
