"""sLSTM: equal forms, gate sums of any size, where it starts."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references import back, into, sigmoid
from walking import quick

from seqjax import drivers
from seqjax.cells import slstm

D, H, T = 3, 4, 12
LOG_FORGET = {"sigmoid": lambda f: -np.logaddexp(0, -f), "exp": lambda f: f}


def random_params(cell: Any, scale: float = 0.6) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    return {name: scale * draw.normal(size=a.shape) for name, a in shapes.items()}


def not_stabilised(params: Any, xs: np.ndarray, forget_gate: str) -> np.ndarray:
    """h [T, H] of a row by equations 8 to 14 of the paper as they stand, from nothing."""
    h, c, n = np.zeros((3, H))
    hs = []
    for x in xs:
        i, f, g, o = (into(params, x, k, 4) + back(params, h, k, 4) for k in range(4))
        f = sigmoid(f) if forget_gate == "sigmoid" else np.exp(f)
        c, n = f * c + np.exp(i) * np.tanh(g), f * n + np.exp(i)
        h = sigmoid(o) * c / n
        hs.append(h)
    return np.stack(hs)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("forget_gate", LOG_FORGET)
def test_the_stabilised_form_is_the_unstabilised_one(forget_gate: str) -> None:
    """From the start that the cell makes, the first step among them."""
    cell = slstm(H, forget_gate=forget_gate, heads=2)
    params, xs = random_params(cell), 2 * np.random.default_rng(1).normal(size=(T, D))
    hs = quick(lambda p, xs: drivers.sequential(cell, p, xs).hs)(params, xs[:, None])[:, 0]
    np.testing.assert_allclose(hs, not_stabilised(params, xs, forget_gate), rtol=0, atol=1e-13)


@pytest.mark.usefixtures("x64")
def test_values_do_not_depend_on_the_stabiliser() -> None:
    """c and n times e^-s with m + s are the same state, whatever s; so is what becomes of it."""
    cell = slstm(H)
    params = random_params(cell)
    shifts = np.array([0.0, -3.0, -40.0, 1.5])[:, None]
    draw = np.random.default_rng(2)
    h, c, m = (np.tile(draw.normal(size=H), (4, 1)) for _ in range(3))
    z = np.tile(draw.normal(size=4 * H), (4, 1))
    carry = (h, c * np.exp(-shifts), np.tile(9 * np.exp(-shifts), H), m + shifts)
    h, c, n, m = (np.asarray(a) for a in cell.step(params, tuple(map(jnp.array, carry)), z))
    np.testing.assert_allclose(h, h[:1] * np.ones((4, 1)), rtol=1e-13)
    np.testing.assert_allclose(c / n, (c / n)[:1] * np.ones((4, 1)), rtol=1e-13)
    np.testing.assert_allclose(np.log(n) + m, (np.log(n) + m)[:1] * np.ones((4, 1)), rtol=1e-13)


EXTREMES = (-1e4, -90.0, -0.5, 0.0, 90.0, 1e4)


@pytest.mark.parametrize("forget_gate", LOG_FORGET)
def test_gate_sums_of_any_size(forget_gate: str) -> None:
    """Two float32 steps from the start are exact to rounding, and their gradients are finite.

    h_2 / o is the mean of both g with the weights of their exponentials, here by their logarithms.
    """
    i_1, f_2, i_2 = (a.ravel() for a in np.meshgrid(*[EXTREMES] * 3))
    rows, g_1, g_2, o = len(i_1), 0.7, -0.4, 0.3
    cell, width = slstm(1, forget_gate=forget_gate), np.ones(len(i_1))
    params = {"w_x": jnp.zeros((1, 4)), "w_h": jnp.zeros((1, 4)), "b": jnp.zeros(4)}
    zs = np.stack(
        [
            np.stack([i_1, f_2, g_1 * width, o * width], -1),
            np.stack([i_2, f_2, g_2 * width, o * width], -1),
        ]
    ).astype(np.float32)

    def walk(zs: Any) -> Any:
        first = cell.step(params, cell.start(params, (rows,)), zs[0])
        return cell.read(first), cell.read(cell.step(params, first, zs[1]))

    def both(zs: Any) -> Any:
        values, pull = jax.vjp(walk, zs)
        return values, pull(jax.tree.map(jnp.ones_like, values))[0]

    (first, second), slopes = quick(both)(zs)
    assert second.dtype == np.float32
    np.testing.assert_allclose(first[:, 0], sigmoid(o) * np.tanh(g_1) * width, rtol=3e-7)
    ahead = i_2 - i_1 - LOG_FORGET[forget_gate](f_2)
    weight = np.exp(-np.logaddexp(0, -ahead))  # of g_2
    want = sigmoid(o) * ((1 - weight) * np.tanh(g_1) + weight * np.tanh(g_2))
    np.testing.assert_allclose(second[:, 0], want, rtol=0, atol=2e-7)
    assert np.isfinite(slopes).all()
    np.testing.assert_allclose(slopes[0, :, 0], -slopes[1, :, 0], rtol=0, atol=1e-7)


def test_a_memory_that_forgets_slowly() -> None:
    """Float32 keeps log f = -1e-7 a step though m, 40, has but steps of 4e-6."""
    cell = slstm(1, forget_gate="exp")
    params = {"w_x": jnp.zeros((1, 4)), "w_h": jnp.zeros((1, 4)), "b": jnp.zeros(4)}
    steps = 10_000
    zs = jnp.tile(jnp.array([-1e4, -1e-5, 0.0, 0.0], jnp.float32), (steps, 1, 1))
    start = tuple(jnp.full((1, 1), value, jnp.float32) for value in (0.0, 500.0, 1000.0, 40.0))
    walk = quick(
        lambda zs: jax.lax.scan(lambda s, z: (cell.step(params, s, z), None), start, zs)[0]
    )
    _, c, n, m = (float(a[0, 0]) for a in walk(zs))
    assert np.log(n) + m == pytest.approx(np.log(1000) + 40 - 1e-5 * steps, abs=1e-4)
    assert c / n == pytest.approx(0.5, rel=1e-5)


def test_newton_solves_it_from_where_it_starts() -> None:
    """The state of the first step weighs nothing, so that from it nothing can be remembered."""
    cell = slstm(2)
    params, xs = random_params(cell), np.random.default_rng(1).normal(size=(T, 3, D))
    report = quick(partial(drivers.newton_convergence, cell))(params, xs)
    assert report.converged.all() and report.iterations.max() < 12


def test_a_memory_without_weight_is_none() -> None:
    """Whatever c and m stand beside an n of 0."""
    cell, zs = slstm(2), jnp.full((1, 8), -90.0)
    other = (jnp.zeros((1, 2)), jnp.ones((1, 2)), jnp.zeros((1, 2)), jnp.full((1, 2), 80.0))
    params = cell.init(jax.random.key(0), D)
    start = cell.start(params, (1,))
    for got, want in zip(cell.step(params, other, zs), cell.step(params, start, zs), strict=True):
        assert (got == want).all()


def test_a_learned_start_is_a_step_of_weight_one() -> None:
    cell = slstm(2, learn_start=True)
    params = cell.init(jax.random.key(0), D) | {"start_1": jnp.array([0.5, -0.5])}
    h, c, n, m = cell.start(params, (3,))
    assert (h == 0).all() and (c == params["start_1"]).all() and (n == 1).all() and (m == 0).all()
    assert all(a.shape == (3, 2) for a in (h, c, n, m))
