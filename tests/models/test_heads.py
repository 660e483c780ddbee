"""Heads of language models: probabilities by hand, and what each is trained with."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick, random_like

from seqjax.models import heads
from seqjax.models.heads import Head, head

V, D, T, B = 9, 8, 5, 2
OPTIONS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "tied": {},
    "sampled": {"samples": 4},
    "adaptive": {"cutoffs": (6,)},
}
pytestmark = pytest.mark.usefixtures("x64")


def made(name: str, vocabulary: int = V) -> Head:
    options = {"scale": 0.1, "samples": 0, "cutoffs": (), **OPTIONS[name]}
    return head(name, vocabulary, **options)


def given(name: str) -> tuple[Any, ...]:
    """(parameters, hs, targets, weights), all words among the targets."""
    shapes = jax.eval_shape(lambda: made(name).init(jax.random.key(0), D))
    params = random_like(
        jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes), 0
    )
    draw = np.random.default_rng(1)
    targets = np.arange(T * B).reshape(T, B) % V
    weights = np.ones((T, B))
    weights[1, 0] = weights[3, 1] = 0
    return params, jnp.asarray(draw.normal(size=(T, B, D))), targets, weights


@cache
def compiled(elements: Any) -> Any:
    return quick(elements)


def test_no_head_is_missing() -> None:
    assert set(OPTIONS) == set(heads.HEADS)


@pytest.mark.parametrize("name", OPTIONS)
def test_logits_are_a_distribution_that_agrees_with_the_elements(name: str) -> None:
    params, hs, targets, _ = given(name)
    logits = np.asarray(made(name).logits(params, hs))
    assert logits.shape == (T, B, V)
    p = np.exp(logits)
    if name == "adaptive":  # its logits are log probabilities already
        np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-14)
    else:
        w, b = np.asarray(params["w"]), np.asarray(params["b"])
        want = [[[hs[t, i] @ w[k] + b[k] for k in range(V)] for i in range(B)] for t in range(T)]
        np.testing.assert_allclose(logits, want, rtol=1e-12, atol=1e-13)
    chosen = np.take_along_axis(p / p.sum(-1, keepdims=True), targets[..., None], -1)[..., 0]
    found = compiled(made(name).elements)(params, hs, targets)
    np.testing.assert_allclose(found, -np.log(chosen), rtol=1e-12)


@pytest.mark.parametrize("name", ["softmax", "sampled", "adaptive"])
def test_trains(name: str) -> None:
    """Finite gradients everywhere, of the exact nats unless words are sampled."""
    params, hs, targets, weights = given(name)
    one = made(name)

    def total(params: Any, hs: Any, key: Any) -> Any:
        return one.total(params, hs, targets, weights, key=key)

    slope = quick(jax.value_and_grad(total, (0, 1), has_aux=True))
    exact = float((np.asarray(compiled(one.elements)(params, hs, targets)) * weights).sum())
    (found, count), gradient = slope(params, hs, jax.random.key(0, impl="unsafe_rbg"))
    assert (float(found) == pytest.approx(exact, rel=1e-12)) == (name != "sampled")
    assert count == weights.sum()
    for leaf in jax.tree.leaves(gradient):
        assert np.isfinite(leaf).all()
        assert np.abs(leaf).max() > 1e-6
    assert not np.asarray(gradient[1])[weights == 0].any()


def test_sampled_without_a_key_is_the_softmax_it_estimates() -> None:
    params, hs, targets, weights = given("sampled")
    sampled, softmax = made("sampled"), made("softmax")
    want = softmax.elements(params, hs, targets)
    for other in (sampled, made("tied")):
        np.testing.assert_array_equal(other.elements(params, hs, targets), want)
    np.testing.assert_array_equal(sampled.logits(params, hs), softmax.logits(params, hs))
    want = softmax.total(params, hs, targets, weights)
    np.testing.assert_array_equal(sampled.total(params, hs, targets, weights), want)


def test_softmax_begins_within_its_scale() -> None:
    params = head("softmax", 50, scale=0.2, samples=0, cutoffs=()).init(jax.random.key(0), 20)
    assert 0.19 < np.abs(params["w"]).max() <= 0.2
    assert params["w"].shape == (50, 20)
    assert params["b"].shape == (50,)
    assert not params["b"].any()
