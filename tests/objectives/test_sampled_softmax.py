"""Sampled softmax: equal to the full softmax in the limit, and near it on average."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives import cross_entropy, sampled_softmax
from seqjax.objectives.sampled_softmax import (
    candidate_softmax,
    log_uniform,
    log_uniform_probability,
)

V, E = 12, 4
draw = np.random.default_rng(0)
W = jnp.asarray(draw.normal(size=(V, E)), jnp.float32)
BIAS = jnp.asarray(draw.normal(size=V), jnp.float32)
HS = jnp.asarray(draw.normal(size=(3, 2, E)), jnp.float32)
TARGETS = jnp.array([[0, 3], [11, 0], [7, 1]])


def full(w: jax.Array, b: jax.Array, hs: jax.Array) -> jax.Array:
    return cross_entropy(hs @ w.T + b, TARGETS)


def test_the_whole_vocabulary_gives_the_full_softmax() -> None:
    def sampled(w: jax.Array, b: jax.Array, hs: jax.Array) -> jax.Array:
        return candidate_softmax(w, b, hs, TARGETS, jnp.arange(V)[::-1], jnp.zeros(V))

    def both(*given: jax.Array) -> list:
        values = [jax.vjp(function, *given) for function in (sampled, full)]
        return [(nats, *pull(jnp.cos(nats))) for nats, pull in values]

    for got, want in zip(*quick(both)(W, BIAS, HS), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_candidates_follow_the_stated_distribution() -> None:
    n = 100_000
    p, drawn = quick(
        lambda key: (log_uniform_probability(jnp.arange(V), V), log_uniform(key, n, V))
    )(jax.random.key(0))
    p = np.asarray(p)
    assert p.sum() == pytest.approx(1, abs=1e-6)
    seen = np.bincount(drawn, minlength=V)
    chi_square = ((seen - n * p) ** 2 / (n * p)).sum()
    assert len(seen) == V and chi_square < 31.26  # 11 degrees of freedom, P = 0.001


def test_the_normaliser_is_right_on_average() -> None:
    one = jax.vmap(lambda key: sampled_softmax(W, BIAS, HS, TARGETS, samples=8, key=key))
    off = quick(lambda key: one(jax.random.split(key, 4000)) - full(W, BIAS, HS))
    ratio = np.exp(np.asarray(off(jax.random.key(1)), np.float64))  # Ẑ / Z
    error = ratio.std(0) / len(ratio) ** 0.5
    assert (np.abs(ratio.mean(0) - 1) < 4 * error).all() and (error < 0.02).all()


def test_the_bias_of_the_gradient_shrinks_with_more_samples() -> None:
    def mean(w: jax.Array, samples: int) -> jax.Array:
        keys = jax.random.split(jax.random.key(2), 4000)
        function = lambda key: sampled_softmax(w, BIAS, HS, TARGETS, samples=samples, key=key)  # noqa: E731
        return jax.vmap(function)(keys).mean(0).sum()

    def gradients(w: jax.Array) -> list:
        totals = [lambda w: full(w, BIAS, HS).sum(), partial(mean, samples=2)]
        return [jax.grad(total)(w) for total in (*totals, partial(mean, samples=40))]

    want, *found = map(np.asarray, quick(gradients)(W))
    few, many = (np.linalg.norm(each - want) / np.linalg.norm(want) for each in found)
    assert many < 0.05 and few > 5 * many


def test_only_gathered_rows_get_a_gradient() -> None:
    key = jax.random.key(3)
    total = lambda w: sampled_softmax(w, BIAS, HS[:1], TARGETS[:1], samples=3, key=key).sum()  # noqa: E731
    gradient = quick(jax.grad(total))(W)
    gathered = set(TARGETS[0].tolist()) | set(log_uniform(key, 3, V).tolist())
    assert set(np.flatnonzero(np.abs(gradient).sum(1)).tolist()) == gathered != set(range(V))


def test_accidental_hits_do_not_count() -> None:
    hits = quick(
        lambda hs: candidate_softmax(W, BIAS, hs, TARGETS, jnp.zeros(3, int), jnp.zeros(3))
    )
    np.testing.assert_array_equal(np.asarray(hits(HS)) == 0, TARGETS == 0)


def test_a_target_out_of_range_is_nan() -> None:
    wrong = np.array([[0, -1], [V, 0], [7, 1]])
    one = quick(lambda key: sampled_softmax(W, BIAS, HS, wrong, samples=3, key=key))
    np.testing.assert_array_equal(np.isnan(one(jax.random.key(0))), (wrong < 0) | (wrong == V))


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="samples: got 0"):
        sampled_softmax(W, BIAS, HS, TARGETS, samples=0, key=jax.random.key(0))
    with pytest.raises(ValueError, match="hs: got width 3"):
        sampled_softmax(W, BIAS, HS[..., :3], TARGETS, samples=1, key=jax.random.key(0))
