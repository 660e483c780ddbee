"""Adaptive softmax against torch's, and the form for training against the plain one."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.objectives import AdaptiveSoftmax, adaptive_softmax, masked
from seqjax.objectives.weighted_rows import blocks, rows_total

V, D, CUTOFFS = 30, 16, (6, 14)
draw = np.random.default_rng(0)
HS = draw.normal(size=(5, 4, D))
TARGETS = draw.integers(0, V, (5, 4))
WEIGHTS = draw.choice([0, 0.5, 1, 2], (5, 4))
TARGETS[0], WEIGHTS[0] = (5, 6, 13, 14), 1.5  # both sides of both cutoffs
TARGETS[-1, -1], WEIGHTS[-1, -1] = V - 1, 2  # the last row of all is in the last tail
SINGLE = TARGETS.astype(np.int32), WEIGHTS.astype(np.float32)
"""For programs in single precision: JAX may take NumPy's numbers as they are, in double."""


def ours(state: dict[str, np.ndarray]) -> dict[str, dict[str, jax.Array]]:
    """Our parameters from torch's names."""
    params = {"head": {"w": state["head.weight"].T, "b": state["head.bias"]}}
    for i in range(len(CUTOFFS)):
        down, up = (state[f"tail.{i}.{j}.weight"].T for j in (0, 1))
        params[f"tail_{i + 1}"] = {"down": down, "up": up}
    return jax.tree.map(jnp.asarray, params)


def params_of(divide: float, dtype: Any = np.float32) -> Any:
    """Parameters that are all random, the bias of the head too."""
    one, two, low, high = int(D // divide), int(D // divide**2), *CUTOFFS
    shapes = {
        "head": {"w": (D, low + 2), "b": (low + 2,)},
        "tail_1": {"down": (D, one), "up": (one, high - low)},
        "tail_2": {"down": (D, two), "up": (two, V - high)},
    }
    return {
        part: {name: noise.normal(size=shape).astype(dtype) for name, shape in pair.items()}
        for noise in [np.random.default_rng(2)]
        for part, pair in shapes.items()
    }


def same(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), got, want
    )


@pytest.mark.usefixtures("x64")
def test_values_and_gradients_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(
        D, V, list(CUTOFFS), div_value=2.0, head_bias=True, dtype=torch.float64
    )
    softmax = adaptive_softmax(V, CUTOFFS, divide=2, bias=True)
    params = ours({name: leaf.detach().numpy() for name, leaf in layer.named_parameters()})
    rows = torch.tensor(HS.reshape(-1, D), requires_grad=True)
    theirs = -layer(rows, torch.tensor(TARGETS.ravel())).output
    (theirs * torch.tensor(WEIGHTS.ravel())).sum().backward()
    want = ours({name: leaf.grad.numpy() for name, leaf in layer.named_parameters()})

    def all_of_it(params: Any, hs: jax.Array) -> tuple:
        nats, pull = jax.vjp(lambda p, hs: softmax.elements(p, hs, TARGETS), params, hs)
        return softmax.log_probabilities(params, hs), nats, *pull(jnp.asarray(WEIGHTS))

    log_p, nats, dparams, dhs = quick(all_of_it)(params, HS)
    same(log_p.reshape(-1, V), layer.log_prob(rows).detach().numpy())
    same(nats.ravel(), theirs.detach().numpy())
    same((dparams, dhs.reshape(-1, D)), (want, rows.grad.numpy()))


@pytest.mark.usefixtures("x64")
def test_elements_are_the_probabilities_of_the_targets() -> None:
    softmax = adaptive_softmax(V, CUTOFFS, divide=2.5)
    params = params_of(2.5, float)
    log_p, nats = quick(
        lambda p, hs: (softmax.log_probabilities(p, hs), softmax.elements(p, hs, TARGETS))
    )(params, HS)
    same(np.exp(log_p).sum(-1), np.ones((5, 4)))
    same(-np.take_along_axis(np.asarray(log_p), TARGETS[..., None], -1)[..., 0], nats)


@pytest.mark.usefixtures("x64")
def test_total_is_the_masked_sum_of_the_elements() -> None:
    targets = TARGETS.copy()
    targets[WEIGHTS == 0] = -100

    def total(softmax: AdaptiveSoftmax, fast: bool) -> Any:
        def loss(params: Any, hs: jax.Array, weights: jax.Array) -> tuple:
            if fast:
                sum_, count = softmax.total(params, hs, targets, weights)
            else:
                sum_, count = masked(softmax.elements(params, hs, targets), weights)
            return 3 * sum_, count

        return loss

    plain = adaptive_softmax(V, CUTOFFS, divide=2, bias=True)
    given = params_of(2, float), HS, WEIGHTS
    want = quick(jax.value_and_grad(total(plain, False), argnums=(0, 1), has_aux=True))(*given)
    assert want[0][1] == WEIGHTS.sum()
    blocks_of_3, one_block = (
        total(adaptive_softmax(V, CUTOFFS, divide=2, bias=True, block=block), True)
        for block in (3, 100)
    )
    fast = quick(jax.value_and_grad(blocks_of_3, argnums=(0, 1, 2), has_aux=True))
    same(fast(*given), (want[0], (*want[1], np.zeros_like(WEIGHTS))))
    same(quick(one_block)(*given), want[0])


def test_a_tail_without_tokens_is_not_computed() -> None:
    """Its weights are NaN: one product with them would show, were its weight 0 or not."""
    softmax = adaptive_softmax(V, CUTOFFS)
    params = params_of(4)
    params["tail_2"] = jax.tree.map(lambda leaf: leaf * np.nan, params["tail_2"])
    _, high = CUTOFFS
    rare = high <= TARGETS

    def total(params: Any, targets: np.ndarray, weights: np.ndarray) -> jax.Array:
        return softmax.total(params, jnp.asarray(HS, jnp.float32), targets, weights)[0]

    both = quick(jax.value_and_grad(total))
    assert rare.any()
    ids, numbers = SINGLE
    for targets, weights in ((np.where(rare, 0, ids), numbers), (ids, numbers * ~rare)):
        value, gradient = both(params, targets, weights)
        assert np.isfinite(value) and all(np.isfinite(g).all() for g in jax.tree.leaves(gradient))
    assert np.isnan(both(params, ids, np.ones_like(numbers))[0])


def test_as_many_blocks_are_walked_as_there_are_rows_with_a_weight() -> None:
    seen = []

    def elements(w: jax.Array, hs: jax.Array, targets: jax.Array) -> jax.Array:
        jax.debug.callback(lambda rows: seen.append(rows.shape), hs)
        return hs @ w + targets

    def total(w: jax.Array, weights: jax.Array) -> jax.Array:
        return rows_total(elements, w, jnp.ones((10, 2)), jnp.arange(10), weights, size=3)

    both = quick(lambda weights: (jax.grad(total)(jnp.ones(2), weights), *blocks(weights, 3)))
    for n, turns in ((0, 0), (1, 1), (3, 1), (4, 2), (9, 3), (10, 4)):
        weights = np.zeros(10, np.float32)
        weights[np.random.default_rng(n).permutation(10)[:n]] = 2
        gradient, order, count = both(weights)
        np.testing.assert_array_equal(gradient, [2 * n, 2 * n])
        np.testing.assert_array_equal(order, [*np.flatnonzero(weights), *[10] * (13 - n)])
        jax.effects_barrier()
        assert int(count) == turns and seen == [(3, 2)] * turns
        seen.clear()


def test_a_target_out_of_range_is_nan() -> None:
    softmax = adaptive_softmax(V, CUTOFFS)
    targets = TARGETS.copy()
    targets[1, 1], targets[2, 2] = -1, V

    def both(weights: jax.Array) -> tuple:
        given = params_of(4), jnp.asarray(HS, jnp.float32), targets
        return softmax.elements(*given), softmax.total(*given, weights)[0]

    nats, total = quick(both)(np.ones((5, 4)))
    np.testing.assert_array_equal(np.isnan(nats), targets != TARGETS)
    assert np.isnan(total)


def test_half_precision_gives_wide_sums_and_its_own_gradients() -> None:
    softmax = adaptive_softmax(V, CUTOFFS)
    half = jax.tree.map(lambda a: a.astype(jnp.bfloat16), params_of(4))
    hs = jnp.asarray(HS, jnp.bfloat16)

    def both(params: Any, hs: jax.Array) -> tuple:
        total = jax.value_and_grad(softmax.total, argnums=(0, 1), has_aux=True)
        wide = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), (params, hs))
        return total(params, hs, *SINGLE), masked(softmax.elements(*wide, SINGLE[0]), SINGLE[1])

    ((total, _), gradient), (exact, _) = quick(both)(half, hs)
    assert total.dtype == jnp.float32
    assert {leaf.dtype for leaf in jax.tree.leaves(gradient)} == {jnp.dtype(jnp.bfloat16)}
    assert float(total) == pytest.approx(float(exact), rel=1e-2)


def test_half_precision_gradients_are_added_up_in_single() -> None:
    """Added in bfloat16, ones come to 256 and no further."""

    def total(w: jax.Array, hs: jax.Array) -> jax.Array:
        none = jnp.zeros(len(hs), int)
        return rows_total(lambda w, hs, _: hs @ w, w, hs, none, jnp.ones(len(hs)), size=1)

    gradient = quick(jax.grad(total))(*(jnp.ones(n, jnp.bfloat16) for n in (1, (1000, 1))))
    assert gradient.dtype == jnp.bfloat16 and gradient.tolist() == [1000]


def test_parameters_have_the_stated_shapes_and_begin_as_torch_has_them() -> None:
    init = adaptive_softmax(V, CUTOFFS, bias=True).init
    params = quick(lambda key: init(key, 64))(jax.random.key(0))
    shapes = {
        "head": {"w": (64, 8), "b": (8,)},
        "tail_1": {"down": (64, 16), "up": (16, 8)},
        "tail_2": {"down": (64, 4), "up": (4, 16)},
    }
    assert jax.tree.map(jnp.shape, params) == shapes
    for name, part, bound in (("head", "w", 1 / 8), ("tail_1", "up", 1 / 4)):
        assert 0.9 * bound < np.abs(params[name][part]).max() <= bound


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adaptive_softmax(V, []), "cutoffs: got \\[\\], want one or more rising"),
        (lambda: adaptive_softmax(V, [3, 3]), "cutoffs: got \\[3, 3\\]"),
        (lambda: adaptive_softmax(V, [5, V]), "cutoffs: got .*below 30"),
        (lambda: adaptive_softmax(V, [0, 5]), "cutoffs: got 0"),
        (lambda: adaptive_softmax(V, [5], block=0), "block: got 0"),
        (lambda: adaptive_softmax(V, [5], divide=0.5), "divide: got 0.5"),
        (lambda: adaptive_softmax(V, CUTOFFS).init(jax.random.key(0), 15), "d: got 15, want 16"),
        (
            lambda: adaptive_softmax(V, CUTOFFS).elements(
                params_of(4), np.ones((2, 15)), np.zeros(2, int)
            ),
            "hs: got width 15.*want 16",
        ),
    ],
)
def test_a_contradiction_is_named(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
