"""Options of ``newton``, and what it refuses."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from newton_problems import (
    D,
    H,
    both,
    chaotic_and_calm,
    convergence,
    problem,
)
from walking import close, quick

from seqjax.basics import precision
from seqjax.cells import (
    clip_backward,
    gru,
    lstm,
    min_gru,
    rnn,
)
from seqjax.drivers import hoisted, newton, newton_convergence, sequential
from seqjax.drivers.inputs import prepare


@pytest.mark.usefixtures("x64")
def test_a_diagonal_guides_the_iteration_alone() -> None:
    """More iterations, the same values, and gradients that are exact all the same."""
    cell = gru(H)
    params, xs = problem(cell, 40)
    got, want = both(cell, params, xs, jacobian="diagonal", iterations=40)
    close(got, want, 1e-11)
    rough, whole = quick(
        lambda *given: [
            newton_convergence(cell, *given, jacobian="diagonal", iterations=40),
            newton_convergence(cell, *given),
        ]
    )(params, xs)
    assert rough.converged.all()
    assert (rough.iterations > whole.iterations).all()


def test_a_guess_is_where_it_starts() -> None:
    """From the solution no iteration is needed, walking backwards too."""
    cell = lstm(H)
    params, xs = problem(cell, 30)

    def from_solution(reverse: bool, params: Any, xs: Any) -> Any:
        options: Any = {"lengths": [30, 20], "reverse": reverse}
        states = sequential(cell, params, xs, **options, states=True).states
        return newton_convergence(cell, params, xs, **options, guess=states)

    @quick
    def walks(*given: Any) -> Any:
        return (
            [from_solution(reverse, *given) for reverse in (False, True)],
            newton_convergence(cell, *given, iterations=0),
            newton(cell, *given, iterations=0).hs,
            sequential(cell, *given).hs,
        )

    reports, without, same, want = walks(params, xs)
    assert all(report.converged.all() and not report.iterations.any() for report in reports)
    assert not without.converged.any()
    np.testing.assert_array_equal(same, want)


def test_the_error_that_is_left_becomes_that_of_a_step_more() -> None:
    """Of one step from a known carry nothing is left, whatever was guessed."""
    cell = rnn(H)
    params, xs = problem(cell, 1)
    rough = partial(newton, guess=jnp.ones((1, 2, H)), tolerance=10, iterations=0)
    close(
        *quick(lambda *given: [d(cell, *given).hs for d in (rough, sequential)])(params, xs), 1e-6
    )


@pytest.mark.usefixtures("x64")
def test_a_row_stops_where_it_has_converged() -> None:
    """Others that go on do not make it more exact than it was asked to be."""
    report = convergence(*chaotic_and_calm(60), tolerance=1e-3, iterations=20)
    assert report.converged.tolist() == [False, True] and report.residual[1] > 1e-12


WRONG = {
    "affine": (min_gru(H), {}, r"newton has nothing to iterate for min_gru; use associative"),
    "clipped": (clip_backward(gru(H), 1.0), {}, r"clip_backward\(gru\), whose step has no forward"),
    "jacobian": (gru(H), {"jacobian": "exact"}, "jacobian: got 'exact', want one of auto"),
    "tolerance": (gru(H), {"tolerance": 0}, "tolerance: got 0, want a number above 0"),
    "iterations": (gru(H), {"iterations": -1}, "iterations: got -1, want an integer of 0"),
    "guess": (gru(H), {"guess": jnp.zeros((4, 2, H))}, r"guess: got shape \[4, 2, 4\], want \[5,"),
    "complex": (gru(H), {"guess": jnp.zeros((5, 2, H), complex)}, "guess: got complex numbers"),
    "structure": (lstm(H), {"guess": jnp.zeros((5, 2, H))}, "guess: got structure .*lstm wants"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_misuse(wrong: str) -> None:
    """Each names the argument or the cell, what it got and what it wants."""
    cell, options, message = WRONG[wrong]
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    params = jax.tree.map(lambda a: np.ones(a.shape, a.dtype), shapes)
    xs = np.ones((5, 2, D), np.float32)
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

    cell = gru(H)
    params, xs = problem(cell, 5)
    with precision.using("bfloat16"):
        assert "no forward-mode" in newton.unsupported(cell, prepare(cell, params, xs))
        walked = jax.eval_shape(partial(hoisted, cell), params, xs)
        assert walked.hs.shape == (5, 2, H)
