"""First derivatives: against differences, against each other, in forward mode."""

from __future__ import annotations

from functools import cache

import jax
import pytest
from cases import REFERENCE, TWO, of_forms, over_cases, over_walks, over_ways
from walking import (
    Problem,
    answer,
    close,
    cotangents,
    dot,
    numbers_like,
    problem,
    quick,
    shifted,
    walk,
)

pytestmark = pytest.mark.usefixtures("x64")


@over_ways(lambda case, driver: not case.clipped)
def test_gradient_is_the_slope(case, driver, way):
    """The gradient along a random direction in (params, xs, carry) is the difference quotient."""
    given, out, reverse = problem(case), cotangents(case, problem(case)), way == "reverse"
    direction, step = numbers_like(tuple(given[:3]), 3, 1.0), 2e-6
    slope = dot(answer(case, driver, given, out, reverse).gradients, direction)
    up, down = (
        dot(answer(case, driver, shifted(given, direction, by), out, reverse).values, out)
        for by in (step, -step)
    )
    assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-6)


@over_ways(lambda case, driver: driver != REFERENCE, every_cell=False)
def test_gradients_equal_those_of_sequential(case, driver, way):
    """Equal to rounding, by parameter, input and carry, with cotangents on every output."""
    given, reverse = problem(case), way == "reverse"
    want = answer(case, REFERENCE, given, reverse=reverse)
    close(answer(case, driver, given, reverse=reverse).gradients, want.gradients)


@over_walks()
def test_every_parameter_has_a_gradient(case, driver):
    """No leaf of the gradient is zero throughout: nothing was forgotten on the way back."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(
        answer(case, driver, problem(case)).gradients
    ):
        assert abs(leaf).max() > 1e-6, jax.tree_util.keystr(path)


@cache
def pushed(case):
    return quick(
        lambda given, direction: jax.jvp(
            lambda *args: walk(case, REFERENCE, Problem(*args, *given[3:])),
            tuple(given[:3]),
            direction,
        )[1]
    )


@over_cases(lambda case: not case.clipped, of_forms)
def test_forward_mode_agrees_with_reverse_mode(case):
    """<c, J v> by jvp through sequential equals <J^T c, v> by the pullback."""
    given, out = problem(case), cotangents(case, problem(case))
    direction = numbers_like(tuple(given[:3]), 3, 1.0)
    back = dot(answer(case, REFERENCE, given, out).gradients, direction)
    assert dot(pushed(case)(given, direction), out) == pytest.approx(back, rel=1e-12, abs=1e-12)


@over_walks(lambda case, driver: case.name == TWO[0] and not driver.forward_mode)
def test_no_forward_mode_is_an_error(case, driver):
    """A driver with a backward pass of its own raises under jvp and gives no wrong numbers."""
    given = problem(case)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda p: walk(case, driver, given._replace(params=p)), *[(given.params,)] * 2)
