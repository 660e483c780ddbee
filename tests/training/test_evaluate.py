"""Figures over a data set: exact, in whatever batches it comes."""

from __future__ import annotations

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.training.evaluate import evaluate


def squares(params, carry, batch):
    """Carries a sum on; the values are those of x alone."""
    values = (params * batch["x"]) ** 2
    metrics = {"loss": (values, batch["w"]), "x": (batch["x"], jnp.ones_like(values))}
    return carry + batch["x"].sum(), metrics


@pytest.fixture(scope="module")
def points():
    draw = np.random.default_rng(0)
    size = 10.0 ** draw.integers(-6, 6, 24)
    x = (size * draw.normal(size=24)).astype(np.float32)
    return {"x": x, "w": draw.integers(0, 3, 24).astype(np.float32)}


def cut(points, size):
    return [{k: v[i : i + size] for k, v in points.items()} for i in range(0, 24, size)]


def test_exact_whatever_the_batches(points) -> None:
    params = jnp.float32(1.5)
    values = np.asarray((params * points["x"]) ** 2)
    pairs = list(
        zip(map(Fraction, values.tolist()), map(Fraction, points["w"].tolist()), strict=True)
    )
    want = {
        "loss": float(sum(v * w for v, w in pairs) / sum(w for _, w in pairs)),
        "x": float(sum(map(Fraction, points["x"].tolist())) / 24),
    }
    for size in (1, 5, 8, 24):
        assert evaluate(squares, params, jnp.float32(0), iter(cut(points, size))) == want


def test_the_carry_is_handed_on(points) -> None:
    seen = []

    def count(params, carry, batch):
        seen.append(carry)
        return carry + 1, {"loss": (batch["x"], batch["w"])}

    evaluate(count, None, 0, cut(points, 8))
    assert seen == [0, 1, 2]


def test_a_batch_is_looked_at_when_the_next_one_has_begun(points) -> None:
    happened = []

    class Values:
        def __init__(self, values):
            self.values, self.shape = values, values.shape

        def __array__(self, dtype=None, copy=None):
            happened.append("looked")
            return self.values

    def step(params, carry, batch):
        happened.append("began")
        return carry, {"loss": (Values(batch["x"]), batch["w"])}

    evaluate(step, None, (), cut(points, 8))
    assert happened == ["began", "began", "looked", "began", "looked", "looked"]


def test_nothing_to_evaluate(points) -> None:
    with pytest.raises(ValueError, match="batches: got none, want one or more"):
        evaluate(squares, jnp.float32(1), jnp.float32(0), [])
    empty = {**points, "w": np.zeros(24, np.float32)}
    with pytest.raises(ValueError, match="loss: got weights of 0 alone"):
        evaluate(jax.jit(squares), jnp.float32(1), jnp.float32(0), [empty])
