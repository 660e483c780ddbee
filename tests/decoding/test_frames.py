"""Frames drawn from a model, key by key."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.decoding.frames import sample_frames

K = 3


def step(carry, frame):
    """Logits that depend on the last frame and on how many there were."""
    count, logits = carry, jnp.where(frame, 1.5, -0.5) + 0.25 * carry[:, None]
    return count + 1, logits


@functools.cache
def compiled(steps):
    return quick(
        lambda prompt, temperature, key: sample_frames(
            step, jnp.zeros(prompt.shape[1]), prompt, steps=steps, temperature=temperature, key=key
        )
    )


def draw(rows, steps, prompt=None, seed=0, temperature=1.0):
    prompt = np.zeros((0, rows, K), bool) if prompt is None else prompt
    return np.asarray(compiled(steps)(prompt, temperature, jax.random.key(seed)))


def test_the_prompt_comes_first_and_is_fed():
    prompt = np.array([[[1, 0, 1]], [[0, 0, 0]], [[1, 1, 0]]], bool)
    found = draw(1, 2, prompt, temperature=0)
    np.testing.assert_array_equal(found[:3], prompt)
    # At 0 the sign of the logits decides: step 3 has 0.75 of the count.
    np.testing.assert_array_equal(found[3:, 0], [[1, 1, 1], [1, 1, 1]])
    assert not draw(1, 1, temperature=0).any()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_keys_sound_as_often_as_they_should(temperature):
    rows = 4000
    prompt = np.zeros((1, rows, K), bool)
    prompt[:, :, 0] = True
    found = draw(rows, 1, prompt, temperature=temperature)[1]
    want = 1 / (1 + np.exp(-np.array([1.75, -0.25, -0.25]) / temperature))
    np.testing.assert_allclose(found.mean(0), want, atol=4 * 0.5 / rows**0.5)
    both = found[:, 1] & found[:, 2]
    assert both.mean() == pytest.approx(want[1] * want[2], abs=4 * 0.5 / rows**0.5)


def test_a_row_does_not_depend_on_others():
    whole = draw(5, 6)
    np.testing.assert_array_equal(draw(2, 6), whole[:, :2])
    assert (whole[:, 0] != whole[:, 1]).any()
    assert (draw(5, 6, seed=1) != whole).any()
    np.testing.assert_array_equal(draw(5, 4), whole[:4])


def test_a_temperature_for_each_row():
    several = np.array([0.0, 2.0, 2.0], np.float32)
    whole = draw(3, 6, temperature=several)
    np.testing.assert_array_equal(whole[:, 1:], draw(3, 6, temperature=2.0)[:, 1:])
    np.testing.assert_array_equal(whole[:, 0], draw(3, 6, temperature=0.0)[:, 0])


def test_refused():
    prompt, key = np.zeros((0, 1, K), bool), jax.random.key(0)
    with pytest.raises(ValueError, match="steps: got 0"):
        sample_frames(step, jnp.zeros(1), prompt, steps=0, key=key)
    with pytest.raises(ValueError, match=r"prompt: got shape \[1, 3\], want \[P, B, K\]"):
        sample_frames(step, jnp.zeros(1), np.zeros((1, K), bool), steps=1, key=key)
    undefined = {"step": lambda carry, frame: (carry, jnp.full(frame.shape, jnp.nan))}
    with pytest.raises(ValueError, match="step: got NaN as logits of frame 0, want numbers"):
        sample_frames(**undefined, carry=(), prompt=prompt, steps=1, key=key)
    for temperature in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="temperature: got"):
            sample_frames(step, jnp.zeros(1), prompt, steps=1, temperature=temperature, key=key)
