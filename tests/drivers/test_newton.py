"""``newton`` against ``sequential``: what converges, what does not, and what it says of both."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from covering import marked
from newton_problems import (
    H,
    both,
    chaotic_and_calm,
    convergence,
    elementwise,
    problem,
)
from walking import close, pairing, quick, random_like

from seqjax.cells import (
    Cell,
    gru,
    lstm,
    rnn,
)
from seqjax.drivers import newton, newton_convergence, sequential


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("steps", marked([(1,), (2,), (65,), (1000,)], [(1,), (1000,)]))
def test_of_any_length(steps: int) -> None:
    """Values and gradients to 1e-11 of each leaf's largest."""
    cell = gru(H)
    params, xs = problem(cell, steps, scale=1.5)
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)
    assert convergence(cell, params, xs).converged.all()


def errors(cell: Cell, params: Any, xs: Any) -> tuple[float, float]:
    """The largest of newton's outputs and of those step by step, against float64."""

    def outputs(*drivers: Any) -> Any:
        return quick(lambda p, x: [driver(cell, p, x).hs for driver in drivers])

    got, want = outputs(newton, sequential)(params, xs)
    with jax.enable_x64(True):
        wide = jax.tree.map(np.float64, (params, xs))
        exact = np.asarray(outputs(sequential)(*wide)[0])
    return float(np.abs(got - exact).max()), float(np.abs(want - exact).max())


@pytest.mark.long
def test_a_hundred_thousand_steps() -> None:
    """In float32 its error against float64 is about that of the walk step by step."""
    cell = lstm(H, heads=2)
    params, xs = problem(cell, 100_000, 1)
    report = convergence(cell, params, xs)
    assert report.converged.all() and int(report.iterations[0]) < 10
    ours, theirs = errors(cell, params, xs)
    assert ours < 4 * theirs


@pytest.mark.parametrize(
    "cell", [pytest.param(rnn(8), marks=pytest.mark.product), lstm(8)], ids=lambda cell: cell.name
)
def test_float32_reaches_rounding(cell: Cell) -> None:
    """Its error against float64 is at most a few of those of the walk step by step."""
    ours, theirs = errors(cell, *problem(cell, 300, scale=1.5))
    assert ours < 4 * theirs


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("steps", [60, 400])
def test_a_chaotic_row_is_walked_step_by_step(steps: int) -> None:
    """The same numbers for it, bit for bit but for the order in a product; others are solved.

    Longer rows are known from their exponent before anything is tried; of shorter ones the
    iteration is given up.
    """
    cell, params, xs = chaotic_and_calm(steps)
    options = {} if steps > 64 else {"iterations": 20}
    report = convergence(cell, params, xs, **options)
    assert report.converged.tolist() == [False, True]
    assert report.iterations[0] == (0 if steps > 64 else 20)
    assert (report.exponent[0] > 0.1) == (steps > 64)
    assert report.residual[1] < 1e-13 < report.residual[0]
    (got, slopes), (want, exact) = both(cell, params, xs, **options)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)
    for a, b in zip(jax.tree.leaves(slopes), jax.tree.leaves(exact), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * np.abs(b).max())


def test_the_trust_region_is_needed() -> None:
    """A GRU at three times its usual recurrent weights converges within the usual iterations."""
    cell = gru(8)
    params, xs = problem(cell, 500, scale=3.0)
    report = convergence(cell, params, xs)
    assert report.converged.all() and report.iterations.max() > 8


def test_the_gradient_of_a_chaotic_row_is_made_step_by_step() -> None:
    """In float32 products of its Jacobians overflow, also where nothing comes back."""
    cell, params, xs = chaotic_and_calm(1200)

    def loss(driver: Any, params: Any) -> Any:
        return jnp.sum(driver(cell, params, xs).hs[:20])

    both = quick(lambda p: [jax.grad(partial(loss, walk))(p) for walk in (newton, sequential)])
    got, want = both(params)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-3 * np.abs(b).max())


@pytest.mark.usefixtures("x64")
def test_documents_cut_chaos_short() -> None:
    """Differences grow within a document alone, and as many iterations as it has steps are enough.

    So a row of many short documents is solved, though one long document of its kind is not.
    """
    cell, params, xs = chaotic_and_calm(400)
    resets = np.zeros((400, 2), bool)
    resets[::20] = True
    report = convergence(cell, params, xs, resets=resets)
    assert report.exponent[0] > 0.1 and report.converged.all()
    assert 0 < report.iterations[0] <= 20


def test_products_that_overflow_become_steps_of_iteration() -> None:
    """Nothing happens for 5 steps, then units saturate: 0 times 1e40 is no number in float32."""
    cell = elementwise(rnn(H))
    params, xs = problem(cell, 60)
    params = {**params, "w_h": np.full(H, 1e20, np.float32), "b": np.zeros(H, np.float32)}
    xs = np.zeros_like(xs)
    xs[5] = 3.0
    report = convergence(cell, params, xs)
    assert report.converged.all() and 0 < report.iterations.max() < 60


def test_a_tolerance_ends_it_sooner() -> None:
    cell = rnn(H)
    params, xs = problem(cell, 100)
    rough, fine = quick(
        lambda *given: [
            newton_convergence(cell, *given, tolerance=1e-2),
            newton_convergence(cell, *given),
        ]
    )(params, xs)
    assert (rough.iterations < fine.iterations).all() and (rough.residual <= 1e-2).all()


def test_a_row_that_is_not_finite_leaves_others_alone() -> None:
    """NaN among a row's inputs gives NaN from there on in that row, as step by step."""
    cell = gru(H)
    params, xs = problem(cell, 20)
    walk, spoiled = quick(lambda xs: newton(cell, params, xs).hs), xs.copy()
    spoiled[7, 0, 0] = np.nan
    got, want = walk(spoiled), walk(xs)
    np.testing.assert_allclose(got[:, 1], want[:, 1], atol=1e-6)
    np.testing.assert_allclose(got[:7, 0], want[:7, 0], atol=1e-6)
    assert np.isnan(got[7:, 0]).all()


@pytest.mark.usefixtures("x64")
def test_both_modes_and_second_order() -> None:
    """Tangents, the gradient, and the gradient of its product with a direction."""
    cell = rnn(2)
    params, xs = problem(cell, 3)
    given = random_like((params, xs), 5)
    direction = random_like(given, 6)

    def derivatives(driver: Any, given: Any) -> Any:
        def walk(given: Any) -> Any:
            return tuple(driver(cell, *given, [3, 1]))

        def gradient(given: Any) -> Any:
            out, pull = jax.vjp(walk, given)
            return pull(random_like(out, 7))[0]

        tangents = jax.jvp(walk, (given,), (direction,))[1]
        second = jax.grad(lambda given: pairing(gradient(given), direction))(given)
        return tangents, gradient(given), second

    close(*quick(lambda given: [derivatives(d, given) for d in (newton, sequential)])(given), 1e-11)
