"""Ids that are nothing to a model, where only the running program sees them: NaN, never a number.

-1 is the zero vector where a model says so; no other id below 0 is.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.cells import rnn
from seqjax.models.char_encoder import convolutional_char_encoder, recurrent_char_encoder
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.language_model import LanguageModelConfig, language_model
from seqjax.models.output_spaces import tokens

V = 6


def test_inputs_and_targets_of_a_language_model():
    config = LanguageModelConfig(cell="rnn", hidden=3, layers=1)
    model = language_model(config, V, unseen=2)
    params = quick(model.init)(jax.random.key(0))
    inputs = np.array([[0, -1, V - 1, -2, V, 0, 0]], np.int32)
    targets = np.array([[0, 0, V - 1, 0, 0, V, -1]], np.int32)
    batch = {"inputs": inputs, "targets": targets, "weights": np.ones((1, 7), np.float32)}

    def run(batch):
        start = model.start(params, 7)
        nats = model.evaluate(params, start, batch)[1]["loss"][0]
        return nats, model.step(params, start, batch["inputs"][0])[1]

    nats, logits = map(np.asarray, quick(run)(batch))
    assert np.isfinite(nats[0, :3]).all()
    assert np.isnan(nats[0, 3:]).all()
    np.testing.assert_array_equal(np.isnan(logits).all(-1), np.isin(inputs[0], [-2, V]))


def test_steps_of_tokens():
    space = tokens(V, 3)
    params = space.init(jax.random.key(0))
    xs = np.asarray(quick(space.feed)(params, np.array([[-1, 0, V, -2]], np.int32)))[0]
    assert (xs[0] == 0).all()
    np.testing.assert_array_equal(xs[1], params["words"]["w"][0])
    assert np.isnan(xs[2:]).all()
    with pytest.raises(ValueError, match="got id -2"):
        space.feed(params, np.array([[-2]], np.int32))


@pytest.mark.parametrize("condition", ["input", "start"])
def test_labels_of_a_composer(condition):
    config = ComposerConfig(cell="rnn", hidden=3, condition=condition)
    model = composer(config, tokens(V, 3), labels=2)
    params = model.init(jax.random.key(0))

    def logits(labels):
        carry = model.start(params, 3, labels)
        return model.step(params, carry, jnp.full(3, -1))[1]

    found = np.asarray(quick(logits)(np.array([-1, 2, 1], np.int32)))
    assert np.isnan(found).all(-1).tolist() == [True, True, False]
    with pytest.raises(ValueError, match=r"labels: got id 2, want ids in \[0, 2\)"):
        logits(np.array([0, 2, 1], np.int32))


@pytest.mark.parametrize(
    "encoder",
    [recurrent_char_encoder(V, 2, rnn(3), "sequential"), convolutional_char_encoder(V, 2, 3, 3)],
)
def test_characters_of_a_word(encoder):
    params = encoder.init(jax.random.key(0))
    words = np.array([[[3, 2, 0], [3, -2, 0], [-1, 3, 0], [3, V, 1], [0, 0, 0]]], np.int32)
    found = np.asarray(quick(encoder.apply)(params, words))[0]
    assert np.isnan(found).any(-1).tolist() == [False, True, True, True, False]
