"""Cross entropy in blocks against float64 NumPy, whatever the block."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from walking import quick

from seqjax.objectives import chunked_cross_entropy

V, E = 7, 3


def problem(dtype: Any = np.float64) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    params = {"w": rng.normal(size=(V, E)).astype(dtype), "b": rng.normal(size=V).astype(dtype)}
    hs, targets = rng.normal(size=(5, 2, E)).astype(dtype), rng.integers(0, V, (5, 2))
    weights = rng.integers(0, 3, (5, 2)).astype(dtype)
    weights[0] = 0
    return params, hs, targets, weights


def reference(params: dict, hs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    z = hs @ params["w"].T + params["b"]
    nats = np.log(np.exp(z).sum(-1))
    return nats - np.take_along_axis(z, targets[..., None], -1)[..., 0]


@pytest.fixture(params=[1, 3 * V, 4 * V, 1000], ids=["one", "three", "four", "all"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many logits at a time: 10 tokens in 10, 4, 3 blocks or a single one."""
    monkeypatch.setattr(chunked_cross_entropy, "LIMIT", request.param)


@pytest.mark.usefixtures("block", "x64")
def test_elements_equal_the_definition() -> None:
    params, hs, targets, _ = problem()
    found = quick(chunked_cross_entropy.elements)(params, hs, targets)
    np.testing.assert_allclose(found, reference(params, hs, targets), rtol=1e-13)


@pytest.mark.usefixtures("block", "x64")
def test_total_and_its_gradient() -> None:
    params, hs, targets, weights = problem()

    def total(params: Any, hs: Any, weights: Any) -> Any:
        return chunked_cross_entropy.total(params, hs, targets, weights)[0]

    def plain(params: Any, hs: Any, weights: Any) -> Any:
        z = hs @ params["w"].T + params["b"]
        nats = jax.nn.logsumexp(z, -1) - jnp.take_along_axis(z, targets[..., None], -1)[..., 0]
        return jnp.sum(jnp.where(weights == 0, 0, nats * weights))

    want = np.sum(reference(params, hs, targets) * weights)
    assert float(quick(total)(params, hs, weights)) == pytest.approx(want, rel=1e-13)
    assert quick(chunked_cross_entropy.total)(params, hs, targets, weights)[1] == weights.sum()
    scaled = quick(jax.grad(lambda *a: 3 * total(*a), (0, 1)))(params, hs, weights)
    wanted = quick(jax.grad(lambda *a: 3 * plain(*a), (0, 1)))(params, hs, weights)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-13), scaled, wanted)


@pytest.mark.usefixtures("x64")
def test_gradient_by_differences() -> None:
    params, hs, targets, weights = problem()
    weights = weights + 1

    def total(params: Any, hs: Any, weights: Any) -> Any:
        return chunked_cross_entropy.total(params, hs, targets, weights)[0]

    check_grads(jax.jit(total), (params, hs, weights), 1, ("rev",))


def test_padding_may_hold_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_cross_entropy, "LIMIT", 4 * V)
    params, hs, targets, weights = problem(np.float32)
    total = chunked_cross_entropy.total
    clean = quick(jax.value_and_grad(lambda p, h: total(p, h, targets, weights)[0], (0, 1)))
    hs[weights == 0], wrong = np.nan, np.where(weights == 0, V + 5, targets)
    dirty = quick(jax.value_and_grad(lambda p, h: total(p, h, wrong, weights)[0], (0, 1)))
    want, found = clean(params, np.nan_to_num(hs)), dirty(params, hs)
    jax.tree.map(np.testing.assert_array_equal, found, want)


@pytest.mark.parametrize("target", [-1, -100, V])
def test_a_target_that_is_no_word_gives_nan(target: int) -> None:
    params, hs, targets, _ = problem(np.float32)
    targets[2, 1] = target
    found = np.array(quick(chunked_cross_entropy.elements)(params, hs, targets))
    assert np.isnan(found[2, 1])
    assert np.isnan(found).sum() == 1


def test_refuses_another_shape_than_that_of_the_rows() -> None:
    params, hs, targets, weights = problem(np.float32)
    with pytest.raises(ValueError, match=r"targets: got shape \(2, 5\), want \(5, 2\)"):
        chunked_cross_entropy.elements(params, hs, targets.T)
    with pytest.raises(ValueError, match="targets: got shape"):
        chunked_cross_entropy.total(params, hs, targets.T, weights)
    with pytest.raises(ValueError, match="weights: got shape"):
        chunked_cross_entropy.total(params, hs, targets, weights.T)


def test_logits_are_never_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, words, width = 512, 1024, 8
    monkeypatch.setattr(chunked_cross_entropy, "LIMIT", 16 * words)
    shapes = {"w": jax.ShapeDtypeStruct((words, width), jnp.float32)}
    shapes["b"] = jax.ShapeDtypeStruct((words,), jnp.float32)
    hs = jax.ShapeDtypeStruct((tokens, width), jnp.float32)
    ids = jax.ShapeDtypeStruct((tokens,), jnp.int32)
    weights = jax.ShapeDtypeStruct((tokens,), jnp.float32)
    grad = jax.jit(jax.grad(lambda *a: chunked_cross_entropy.total(*a)[0], (0, 1)))
    analysis = grad.lower(shapes, hs, ids, weights).compile().memory_analysis()
    assert analysis.temp_size_in_bytes < tokens * words * 4 / 4


def test_bfloat16_weights_sum_in_float32() -> None:
    params, hs, targets, weights = problem(np.float32)
    low = jax.tree.map(lambda a: jnp.asarray(a, jnp.bfloat16), params)
    hs = jnp.asarray(hs, jnp.bfloat16)
    total = chunked_cross_entropy.total
    grads = quick(jax.grad(lambda p, h: total(p, h, targets, weights)[0], (0, 1)))(low, hs)
    assert grads[0]["w"].dtype == grads[1].dtype == jnp.bfloat16
    found = quick(chunked_cross_entropy.elements)(low, hs, targets)
    assert found.dtype == jnp.float32
    exact = {k: np.asarray(v, np.float64) for k, v in low.items()}
    want = reference(exact, np.asarray(hs, np.float64), targets)
    np.testing.assert_allclose(found, want, rtol=1e-5)
