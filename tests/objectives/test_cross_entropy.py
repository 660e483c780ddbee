"""Cross entropy against float64 NumPy; perplexity and bits."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives import bits, cross_entropy, masked, perplexity

V = 5
LOGITS = (3 * np.random.default_rng(0).normal(size=(4, 3, V))).astype(np.float32)
TARGETS = np.random.default_rng(1).integers(0, V, (4, 3))


def by_hand(logits: np.ndarray, target: int, smoothing: float) -> float:
    p = np.exp(logits.astype(np.float64))
    p /= p.sum()
    q = np.full(V, smoothing / V)
    q[target] += 1 - smoothing
    return -sum(q * np.log(p))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_values_are_those_of_the_equation(smoothing: float) -> None:
    got = quick(lambda x: cross_entropy(x, TARGETS, smoothing=smoothing))(LOGITS)
    want = [[by_hand(LOGITS[t, b], TARGETS[t, b], smoothing) for b in range(3)] for t in range(4)]
    assert got.dtype == jnp.float32
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


def test_half_precision_is_widened_before_anything_is_added() -> None:
    half = (100 * LOGITS).astype(jnp.bfloat16)
    nats = quick(lambda x: cross_entropy(x, TARGETS))
    np.testing.assert_array_equal(nats(half), nats(half.astype(np.float32)))


def test_a_target_out_of_range_is_nan_unless_its_weight_is_zero() -> None:
    targets = TARGETS.copy()
    targets[2] = [-1, -100, V]
    real = targets == TARGETS

    def total(logits: jax.Array, weights: np.ndarray) -> jax.Array:
        return masked(cross_entropy(logits, targets), weights)[0]

    nats, whole, (value, gradient) = quick(
        lambda x: (
            cross_entropy(x, targets),
            total(x, np.ones((4, 3))),
            jax.value_and_grad(total)(x, real),
        )
    )(LOGITS)
    np.testing.assert_array_equal(np.isnan(nats), ~real)
    assert np.isnan(whole)
    assert np.isfinite(value) and np.isfinite(gradient).all() and not gradient[2].any()


@pytest.mark.parametrize(
    ("targets", "smoothing", "message"),
    [
        (TARGETS[:3], 0, r"targets: got int32\[3, 3\], want integers of shape \[4, 3\]"),
        (TARGETS[..., None], 0, "targets: got"),
        (TARGETS.astype(float), 0, "targets: got float"),
        (TARGETS, 1.0, "smoothing: got 1.0"),
        (TARGETS, -0.1, "smoothing: got -0.1"),
    ],
)
def test_wrong_arguments_are_named(targets: np.ndarray, smoothing: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cross_entropy(jnp.asarray(LOGITS), targets, smoothing=smoothing)


def test_perplexity_and_bits() -> None:
    assert perplexity(math.log(137)) == pytest.approx(137, rel=1e-14)
    assert bits(math.log(8)) == pytest.approx(3, rel=1e-15)
    assert perplexity(1e4) == math.inf and perplexity(math.inf) == math.inf
    assert math.isnan(perplexity(math.nan)) and math.isnan(bits(math.nan))
