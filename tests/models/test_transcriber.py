"""The transcriber: stacked frames, rows on their own, losses, gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick, random_like

from seqjax.basics.types import Params
from seqjax.models.transcriber import TranscriberConfig, stacked, transcriber
from seqjax.objectives.ctc import ctc_loss

D, K, T, B = 3, 4, 7, 5
LENGTHS = np.array([7, 6, 3, 1, 0], np.int32)
ROWS = np.array([1, 1, 1, 1, 0], np.float32)


def config(**options):
    return TranscriberConfig(**{"hidden": 4, "cell": "gru", **options})


def batch(poison=0.0):
    draw = np.random.default_rng(0)
    features = draw.normal(size=(T, B, D)).astype(np.float32)
    labels = draw.integers(K, size=(2, B)).astype(np.int32)
    for b, n in enumerate(LENGTHS):
        features[n:, b] = poison
    return {
        "features": features, "lengths": LENGTHS, "rows": ROWS, "labels": labels,
        "labels_lengths": np.array([2, 1, 1, 0, 0], np.int32), "label": labels[0],
    }  # fmt: skip


def made(**options) -> tuple:
    model = transcriber(config(**options), D, K)
    return model, random_like(jax.eval_shape(model.init, jax.random.key(1)), 1)


def test_frames_side_by_side():
    features = np.arange(5 * 2 * 2, dtype=np.float32).reshape(5, 2, 2)
    xs, steps = stacked(jnp.asarray(features), jnp.array([5, 2]), 3)
    assert steps.tolist() == [2, 1]
    np.testing.assert_array_equal(xs[0, 0], features[:3, 0].ravel())
    np.testing.assert_array_equal(xs[1, 0], [*features[3:, 0].ravel(), 0, 0])
    np.testing.assert_array_equal(xs[0, 1], [*features[:2, 1].ravel(), 0, 0])
    assert not xs[1, 1].any()
    xs, steps = stacked(jnp.asarray(features), jnp.array([5, 5]), 1)
    np.testing.assert_array_equal(xs, features)
    assert steps.tolist() == [5, 5]


OPTIONS = {
    "ctc": {"stack": 2, "layers": 2, "bidirectional": False},
    "label last": {"output": "label", "pooling": "last", "stack": 3},
    "label mean": {"output": "label"},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_rows_do_not_see_padding_or_each_other(name):
    model, params = made(**OPTIONS[name])
    both = quick(
        lambda given: (
            model.evaluate(params, (), given)[1],
            model.logits(params, given["features"], given["lengths"]),
        )
    )
    found, (logits, steps) = both(batch())
    poisoned, _ = both(batch(np.nan))
    for key, (values, weights) in found.items():
        np.testing.assert_array_equal(values[:4], poisoned[key][0][:4])
        np.testing.assert_array_equal(weights, ROWS)
    for b in range(4):
        # The same row at another place, and nothing beside it.
        given = batch(np.nan)
        alone = {**given, "lengths": np.zeros(B, np.int32)}
        alone["lengths"][4] = LENGTHS[b]
        alone["features"][:, 4] = given["features"][:, b]
        _, (got, own) = both(alone)
        assert own[4] == steps[b]
        one = got[4] if got.ndim == 2 else got[: steps[b], 4]
        want = logits[b] if got.ndim == 2 else logits[: steps[b], b]
        np.testing.assert_allclose(one, want, atol=1e-6)


@pytest.mark.parametrize("output", ["ctc", "label"])
def test_the_loss_is_the_mean_over_real_rows(output):
    model, params = made(output=output)
    given = batch()

    def all_of(params: Params) -> tuple:
        logits, steps = model.logits(params, given["features"], LENGTHS)
        if output == "ctc":
            labels = given["labels"], given["labels_lengths"]
            want = ctc_loss(logits, steps, *labels, blank=model.blank)
        else:
            want = -jax.nn.log_softmax(logits)[np.arange(B), given["label"]]
        loss = model.loss(params, (), given)
        return loss, model.evaluate(params, (), given)[1], logits, want

    (value, (carry, metrics)), elements, logits, want = quick(all_of)(params)
    nats = np.asarray(want)[:4]
    assert carry == ()
    np.testing.assert_allclose(elements["loss"][0][:4], nats, rtol=1e-5)
    np.testing.assert_allclose(value, nats.mean(), rtol=1e-6)
    np.testing.assert_allclose(metrics["loss"], (nats.sum(), 4), rtol=1e-6)
    assert (model.blank, logits.shape[-1]) == (K, K + (output == "ctc"))
    if output == "label":
        wrong = logits.argmax(-1) != given["label"]
        np.testing.assert_array_equal(elements["error"][0], wrong)


def test_noise_needs_a_key():
    model, params = made(dropout=0.5, output="label")
    loss = quick(lambda key: model.loss(params, (), batch(), key=key)[0])
    first, second, again = loss(jax.random.key(0)), loss(jax.random.key(1)), loss(jax.random.key(0))
    assert first == again
    assert first != second


@pytest.mark.parametrize("output", ["ctc", "label"])
def test_gradients_are_finite_and_reach_everything(output):
    model, params = made(output=output, stack=2)
    found = quick(jax.grad(lambda params: model.loss(params, (), batch(np.nan))[0]))(params)
    for path, leaf in jax.tree_util.tree_leaves_with_path(found):
        assert np.isfinite(leaf).all(), path
        assert np.any(leaf), path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": "word"}, "output: got 'word', want one of ctc, label"),
        ({"stack": 0}, "stack: got 0"),
        ({"pooling": "max"}, "pooling: got 'max', but with output=ctc nothing is pooled"),
        ({"pooling": "sum", "output": "label"}, "pooling: got 'sum'"),
        ({"cell": "gur"}, "cell: got 'gur'"),
    ],
)
def test_configurations_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        transcriber(config(**options), D, K)
    with pytest.raises(ValueError, match="width: got 0"):
        transcriber(config(), 0, K)
