"""``newton`` against ``sequential``: what converges, what does not, and what it says of both."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from walking import close, quick, random_like

from seqjax.basics.cell import advance
from seqjax.cells import (
    Cell,
    Step,
    clip_backward,
    gru,
    gru_reset_before,
    layer_norm,
    locked_dropout,
    lru,
    lstm,
    min_gru,
    residual,
    rnn,
    zoneout,
)
from seqjax.drivers import hoisted, newton, newton_convergence, sequential
from seqjax.drivers.inputs import prepare
from seqjax.drivers.newton.blocks import blocks_of, dependencies, diagonal
from seqjax.drivers.newton.jacobians import jacobians
from seqjax.drivers.newton.system import System, equations, next_states, previous

D, H = 3, 4


def problem(cell: Cell, steps: int, batch: int = 2, scale: float = 1.0) -> tuple[Any, Any]:
    """(params, xs), with recurrent weights ``scale`` times what they begin with."""
    params = cell.init(jax.random.key(0), D)
    params = {**params, "w_h": params["w_h"] * scale}
    dtype = jnp.float64 if jax.config.jax_enable_x64 else jnp.float32
    params = jax.tree.map(lambda a: a.astype(dtype), params)
    return params, jax.random.normal(jax.random.key(1), (steps, batch, D), dtype)


def convergence(cell: Cell, params: Any, xs: Any, *args: Any, **options: Any) -> Any:
    """``newton_convergence``, compiled."""
    walk = quick(lambda params, xs: newton_convergence(cell, params, xs, *args, **options))
    return walk(params, xs)


def sizes(cell: Cell, batch: int = 2, d: int = D) -> dict[int, int]:
    """Size of blocks -> how many there are, for a pass with noise where the cell has some."""
    params, xs = cell.init(jax.random.key(0), d), jnp.ones((5, batch, d))
    if cell.noise:
        params, xs = cell.noise(params, xs, jax.random.key(1))
    z = jax.tree.map(lambda a: a[0], cell.project(params, xs))
    return {block.shape[1]: len(block) for block in blocks_of(dependencies(cell, params, z))}


def elementwise(cell: Cell) -> Cell:
    """Its recurrent weights lie on the diagonal."""

    def init(key: Any, d: int) -> Any:
        params = cell.init(key, d)
        blocks = params["w_h"].reshape(H, -1, H)
        return {**params, "w_h": jnp.diagonal(blocks, axis1=0, axis2=2).reshape(-1)}

    return cell._replace(init=init)


def test_blocks_come_from_the_step() -> None:
    """Whole cells, heads, single units; what wrappers hand past the cell is by itself."""
    assert sizes(rnn(H)) == {H: 1}
    assert sizes(lstm(H)) == {2 * H: 1}
    assert sizes(lstm(6, heads=3)) == {4: 3}
    assert sizes(elementwise(rnn(H, activation="relu"))) == {1: H}
    assert sizes(elementwise(lstm(H))) == {2: H}
    assert sizes(layer_norm(gru(H, heads=2))) == {H: 1}
    assert sizes(residual(gru(H, heads=2)), d=H) == {1: H, 2: 2}
    assert sizes(zoneout(elementwise(gru(H)))) == {1: H}
    assert sizes(locked_dropout(gru(H, heads=2)), batch=3) == {2: 2}


def test_debugging_nans_does_not_stop_the_search() -> None:
    with jax.debug_nans(True):
        assert sizes(rnn(H, heads=2)) == {2: 2}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "cell",
    [lstm(6, heads=3), residual(gru(D)), gru_reset_before(H)],
    ids=lambda cell: cell.name,
)
def test_the_jacobian_is_that_of_the_step(cell: Cell) -> None:
    """Blocks put back into matrices equal jax.jacfwd of all steps, padding and resets included."""
    params, xs = problem(cell, 5)
    resets = jnp.zeros((5, 2), bool).at[2, 0].set(True)
    inputs = prepare(cell, params, xs, jnp.array([5, 3]), resets=resets)
    args, fixed = equations(cell, inputs)
    z = jax.tree.map(lambda a: a[0], cell.project(params, xs))
    system = System(cell, blocks_of(dependencies(cell, params, z)), exact=True)
    size = sum(block.size for block in system.blocks)
    states = jax.random.normal(jax.random.key(2), (5, 2, size), jnp.float64)
    earlier = previous(system, args, states)

    def step(earlier: Any) -> Any:
        return next_states(system, args, fixed, earlier)

    given = (system, args, fixed, earlier)
    whole = np.einsum("tbitbj->tbij", quick(jax.jacfwd(step))(earlier))
    got = np.zeros_like(whole)
    for block, part in zip(system.blocks, jacobians(*given), strict=True):
        for n, entries in enumerate(block):
            got[:, :, entries[:, None], entries] = part[:, :, n]
    close(got, whole, 1e-14)
    assert (got[3:, 1] == np.eye(size)).all() and not got[2, 0].any()
    rough = jacobians(given[0]._replace(blocks=diagonal(size), exact=False), *given[1:])[0]
    close(rough[..., 0, 0], np.einsum("tbii->tbi", whole))


def both(cell: Cell, params: Any, xs: Any, **options: Any) -> tuple[Any, Any]:
    """(values, gradients) by newton and by sequential."""

    def of(driver: Any, options: Any) -> Any:
        def loss(params: Any, xs: Any) -> Any:
            carry, hs = driver(cell, params, xs, **options)
            return sum(jnp.sum(jnp.sin(leaf).real) for leaf in jax.tree.leaves((carry, hs))), hs

        (_, hs), gradients = quick(jax.value_and_grad(loss, (0, 1), has_aux=True))(params, xs)
        return hs, gradients

    return of(newton, options), of(sequential, {})


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("steps", [1, 2, 65, 1000])
def test_of_any_length(steps: int) -> None:
    """Values and gradients to 1e-11 of each leaf's largest."""
    cell = gru(H)
    params, xs = problem(cell, steps, scale=1.5)
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)
    assert convergence(cell, params, xs).converged.all()


def errors(cell: Cell, params: Any, xs: Any) -> tuple[float, float]:
    """The largest of newton's outputs and of those step by step, against float64."""

    def outputs(driver: Any, params: Any, xs: Any) -> Any:
        return np.asarray(quick(lambda p, x: driver(cell, p, x).hs)(params, xs))

    got, want = (outputs(driver, params, xs) for driver in (newton, sequential))
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), (params, xs))
        exact = outputs(sequential, *wide)
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


@pytest.mark.parametrize("cell", [rnn(8), lstm(8)], ids=lambda cell: cell.name)
def test_float32_reaches_rounding(cell: Cell) -> None:
    """Its error against float64 is at most a few of those of the walk step by step."""
    ours, theirs = errors(cell, *problem(cell, 300, scale=1.5))
    assert ours < 4 * theirs


def chaotic_and_calm(steps: int) -> tuple[Cell, Any, Any]:
    """Row 0 without inputs is chaotic, row 1 is held by inputs that saturate every unit."""
    cell = rnn(16)
    params, xs = problem(cell, steps, scale=4.0)
    first = 0.1 * jax.random.normal(jax.random.key(3), xs.shape[:1] + xs.shape[2:], xs.dtype)
    return cell, params, xs.at[:, 0].set(first).at[:, 1].multiply(20)


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

    got, want = (quick(jax.grad(partial(loss, walk)))(params) for walk in (newton, sequential))
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-3 * np.abs(b).max())


@pytest.mark.usefixtures("x64")
def test_documents_cut_chaos_short() -> None:
    """Differences grow within a document alone, and as many iterations as it has steps are enough.

    So a row of many short documents is solved, though one long document of its kind is not.
    """
    cell, params, xs = chaotic_and_calm(400)
    resets = jnp.zeros((400, 2), bool).at[::20].set(True)
    report = convergence(cell, params, xs, resets=resets)
    assert report.exponent[0] > 0.1 and report.converged.all()
    assert 0 < report.iterations[0] <= 20


def test_products_that_overflow_become_steps_of_iteration() -> None:
    """Nothing happens for 5 steps, then units saturate: 0 times 1e40 is no number in float32."""
    cell = elementwise(rnn(H))
    params, xs = problem(cell, 60)
    params = {**params, "w_h": jnp.full(H, 1e20), "b": jnp.zeros(H)}
    xs = (0 * xs).at[5].set(3.0)
    report = convergence(cell, params, xs)
    assert report.converged.all() and 0 < report.iterations.max() < 60


@pytest.mark.usefixtures("x64")
def test_a_diagonal_guides_the_iteration_alone() -> None:
    """More iterations, the same values, and gradients that are exact all the same."""
    cell = gru(H)
    params, xs = problem(cell, 40)
    got, want = both(cell, params, xs, jacobian="diagonal", iterations=40)
    close(got, want, 1e-11)
    rough = convergence(cell, params, xs, jacobian="diagonal", iterations=40)
    assert rough.converged.all()
    assert (rough.iterations > convergence(cell, params, xs).iterations).all()


def test_a_guess_is_where_it_starts() -> None:
    """From the solution no iteration is needed, walking backwards too."""
    cell = lstm(H)
    params, xs = problem(cell, 30)
    for reverse in (False, True):
        states = sequential(cell, params, xs, [30, 20], reverse=reverse, states=True).states
        report = convergence(cell, params, xs, [30, 20], reverse=reverse, guess=states)
        assert report.converged.all() and not report.iterations.any()
    report = convergence(cell, params, xs, iterations=0)
    assert not report.converged.any()
    same, want = (
        quick(lambda params, xs, walk=walk: walk(cell, params, xs).hs)(params, xs)
        for walk in (partial(newton, iterations=0), sequential)
    )
    np.testing.assert_array_equal(same, want)


def test_the_error_that_is_left_becomes_that_of_a_step_more() -> None:
    """Of one step from a known carry nothing is left, whatever was guessed."""
    cell = rnn(H)
    params, xs = problem(cell, 1)
    got = newton(cell, params, xs, guess=jnp.ones((1, 2, H)), tolerance=10, iterations=0).hs
    close(got, sequential(cell, params, xs).hs, 1e-6)


@pytest.mark.usefixtures("x64")
def test_a_row_stops_where_it_has_converged() -> None:
    """Others that go on do not make it more exact than it was asked to be."""
    report = convergence(*chaotic_and_calm(60), tolerance=1e-3, iterations=20)
    assert report.converged.tolist() == [False, True] and report.residual[1] > 1e-12


def test_a_tolerance_ends_it_sooner() -> None:
    cell = rnn(H)
    params, xs = problem(cell, 100)
    rough = convergence(cell, params, xs, tolerance=1e-2)
    fine = convergence(cell, params, xs)
    assert (rough.iterations < fine.iterations).all() and (rough.residual <= 1e-2).all()


def test_a_row_that_is_not_finite_leaves_others_alone() -> None:
    """NaN among a row's inputs gives NaN from there on in that row, as step by step."""
    cell = gru(H)
    params, xs = problem(cell, 20)
    walk = quick(lambda xs: newton(cell, params, xs).hs)
    got, want = walk(xs.at[7, 0, 0].set(jnp.nan)), walk(xs)
    np.testing.assert_allclose(got[:, 1], want[:, 1], atol=1e-6)
    np.testing.assert_allclose(got[:7, 0], want[:7, 0], atol=1e-6)
    assert np.isnan(got[7:, 0]).all()


@pytest.mark.usefixtures("x64")
def test_both_modes_and_second_order() -> None:
    """jax.test_util.check_grads, to order 2 in reverse mode."""
    cell = rnn(2)
    params, xs = problem(cell, 3)
    params = random_like(params, 5)

    def walk(params: Any, xs: Any) -> Any:
        return newton(cell, params, xs, [3, 1])

    check_grads(jax.jit(walk), (params, xs), 2, ["rev"], atol=1e-5, rtol=1e-5)
    check_grads(jax.jit(walk), (params, xs), 1, ["fwd"], atol=1e-6, rtol=1e-6)


@pytest.mark.usefixtures("x64")
def test_a_complex_state_that_is_not_linear() -> None:
    """z' = tanh(λ z + x), written as a step of any kind."""
    inner = lru(H)

    def step(params: Any, carry: Any, z: Any) -> Any:
        return jnp.tanh(advance(inner, params, carry, z))

    cell = inner._replace(recurrence=Step(step))
    xs = jax.random.normal(jax.random.key(1), (20, 2, D))
    params = jax.tree.map(lambda a: a.astype(jnp.float64), cell.init(jax.random.key(0), D))
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)
    assert sizes(cell) == {2: H // 2}


def of_step(step: Any) -> Cell:
    """A cell of any kind of 4 units, with a matrix w."""

    def init(key: Any, d: int) -> Any:
        first, second = jax.random.split(key)
        return {"w_x": jax.random.normal(first, (d, 4)), "w": jax.random.normal(second, (4, 4))}

    return Cell(
        name="mine",
        width=4,
        init=init,
        start=lambda params, shape: jnp.zeros((*shape, 4), params["w"].dtype),
        project=lambda params, xs: xs @ params["w_x"],
        read=lambda carry: carry,
        recurrence=Step(step),
    )


CHOOSING = {
    "by the state": lambda p, c, z: jnp.where(
        c.max(-1, keepdims=True) > 4, -0.3 * c @ p["w"], 0.9 * c + z
    ),
    "by the input": lambda p, c, z: jnp.where(z > 2, 0.5 * jnp.roll(c, 1, -1), 0.8 * c + z),
    "for all rows": lambda p, c, z: jax.lax.cond(
        jnp.sum(c) > 0, lambda c: jnp.tanh(c @ p["w"]) + z, lambda c: 0.5 * c + z, c
    ),
    "with a mean over rows": lambda p, c, z: jnp.tanh(c - c.mean(0)) + z,
}
"""Steps that choose by numbers, or look at the whole batch, of which blocks know nothing."""


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", CHOOSING)
def test_steps_that_choose_have_exact_gradients(name: str) -> None:
    """What the blocks lack is noticed where the gradient is made, and it goes step by step."""
    cell = of_step(CHOOSING[name])
    params = jax.tree.map(lambda a: a.astype(jnp.float64), cell.init(jax.random.key(0), D))
    xs = jnp.abs(jax.random.normal(jax.random.key(1), (7, 3, D)))
    got, want = both(cell, params, xs)
    close(got, want, 1e-11)


def test_a_step_with_a_traced_value_of_its_own_is_refused() -> None:
    xs = jnp.ones((5, 2, D))

    def walk(alpha: Any) -> Any:
        cell = of_step(lambda p, c, z: jnp.tanh(alpha * c + z))
        return newton(cell, cell.init(jax.random.key(0), D), xs).hs.sum()

    with pytest.raises(ValueError, match="mine, whose step uses a traced value that is not among"):
        jax.jit(walk)(0.7)


WRONG = {
    "affine": (min_gru(H), {}, r"newton has nothing to iterate for min_gru; use associative"),
    "clipped": (clip_backward(gru(H), 1.0), {}, r"clip_backward\(gru\), whose step has no forward"),
    "jacobian": (gru(H), {"jacobian": "exact"}, "jacobian: got 'exact', want one of auto"),
    "tolerance": (gru(H), {"tolerance": 0}, "tolerance: got 0, want a number above 0"),
    "iterations": (gru(H), {"iterations": -1}, "iterations: got -1, want 0 or more"),
    "guess": (gru(H), {"guess": jnp.zeros((4, 2, H))}, r"guess: got shape \[4, 2, 4\], want \[5,"),
    "structure": (lstm(H), {"guess": jnp.zeros((5, 2, H))}, "guess: got structure .*lstm wants"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_misuse(wrong: str) -> None:
    """Each names the argument or the cell, what it got and what it wants."""
    cell, options, message = WRONG[wrong]
    params, xs = cell.init(jax.random.key(0), D), jnp.ones((5, 2, D))
    for call in (newton, newton_convergence):
        with pytest.raises(ValueError, match=message):
            call(cell, params, xs, **options)


def test_a_counter_in_the_carry_is_refused() -> None:
    inner = rnn(H)
    cell = inner._replace(
        start=lambda params, shape: (inner.start(params, shape), jnp.zeros(shape, jnp.int32)),
        read=lambda carry: carry[0],
        recurrence=inner.recurrence._replace(hidden=lambda params, carry: carry[0]),
    )
    params = cell.init(jax.random.key(0), D)
    with pytest.raises(
        ValueError, match="newton cannot serve rnn, whose carry has a part of int32"
    ):
        newton(cell, params, jnp.ones((5, 2, D)))


def test_products_of_16_bits_are_refused() -> None:
    """Their backward pass is written by hand; hoisted serves them."""
    from seqjax.basics import precision

    cell = gru(H)
    params, xs = problem(cell, 5)
    with precision.using("bfloat16"):
        assert "no forward-mode" in newton.unsupported(cell, prepare(cell, params, xs))
        assert hoisted(cell, params, xs).hs.shape == (5, 2, H)
