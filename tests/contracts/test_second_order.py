"""Derivatives of the gradient."""

from __future__ import annotations

from functools import cache

import jax
import pytest
from cases import REFERENCE, broad, of_drivers, of_kinds, over_cases, over_few
from walking import (
    Problem,
    answer,
    close,
    cotangents,
    in_numpy,
    numbers_like,
    pairing,
    problem,
    quick,
    shifted,
    walk,
)

pytestmark = pytest.mark.usefixtures("x64")


@cache
def curvature(case, driver, reverse):
    """(problem, cotangents, direction) -> H v and the derivatives by the cotangents."""

    def slope(args, given, out, direction):
        def loss(args):
            values = walk(case, driver, Problem(*args, *given[3:]), reverse)
            return pairing(values, out)

        return pairing(jax.grad(loss)(args), direction)

    return quick(
        lambda given, out, direction: jax.grad(slope, (0, 2))(
            tuple(given[:3]), given, out, direction
        )
    )


@over_few(
    lambda case, driver: (
        broad(case, driver) and driver.name in ("hoisted", "chunked", "newton", "associative")
    ),
    of_drivers,
)
def test_second_derivatives_equal_those_of_sequential(case, driver):
    """H v, and the mixed derivative by the cotangents, equal to rounding, walking backwards too."""
    given = problem(case)
    out, direction = cotangents(case, given), numbers_like(tuple(given[:3]), 3, 1.0)
    reverse = driver.name == "hoisted"
    got = curvature(case, driver, reverse)(given, out, direction)
    close(got, curvature(case, REFERENCE, reverse)(given, out, direction), 1e-11)


@over_cases(lambda case: case.broad and not case.cell.name.startswith("layer_norm"), of_kinds)
def test_second_derivatives_are_the_slope_of_the_gradient(case):
    """H v and the mixed derivative on the reference driver are difference quotients."""
    given, step = problem(case), 1e-6
    out, direction = cotangents(case, given), numbers_like(tuple(given[:3]), 3, 1.0)
    got = in_numpy(curvature(case, REFERENCE, False)(given, out, direction))
    up, down = (answer(case, REFERENCE, shifted(given, direction, by), out) for by in (step, -step))
    slopes = jax.tree.map(lambda a, b: (a - b) / (2 * step), up, down)
    close(got, (slopes.gradients, slopes.values), 1e-7)
