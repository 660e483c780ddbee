"""Every cell under every driver computes its published equations."""

from __future__ import annotations

from functools import cache, partial

import jax
import numpy as np
import pytest
import references
from cases import CASES, DRIVERS, REFERENCE, as_auto, of_forms, over_cases, over_walks, over_ways
from walking import answer, close, perturbed, plain, problem, quick, walk

from seqjax import cells, drivers

pytestmark = pytest.mark.usefixtures("x64")


@cache
def noise(case):
    """(params, xs) -> as the driver gets them."""
    return quick(partial(perturbed, case))


def by_hand(case, given, reverse):
    params, xs = noise(case)(given.params, given.xs) if case.noisy else (given.params, given.xs)
    numbers = jax.tree.map(np.asarray, (params, xs, given.lengths, given.carry, given.resets))
    return references.walk(case.reference, *numbers, reverse)


@over_ways()
def test_equals_the_loop_by_hand(case, driver, way):
    """Outputs, last carry and every carry, on ragged packed rows, equal a float64 NumPy loop."""
    given, reverse = problem(case), way == "reverse"
    close(answer(case, driver, given, reverse=reverse).values, by_hand(case, given, reverse))


@over_cases(lambda case: not as_auto(case, REFERENCE), of_forms)
def test_the_reference_equals_the_loop(case):
    """The same by sequential for cells that have another driver above.

    What a step of each cell computes is in test_resume.py.
    """
    given = problem(case)
    close(answer(case, REFERENCE, given).values, by_hand(case, given, False))


@over_ways(lambda case, driver: driver.name == "hoisted", every_cell=False)
def test_equals_the_loop_without_a_gradient(case, driver, way):
    """The same by the driver that walks otherwise where no gradient is asked for."""
    given, reverse = problem(case), way == "reverse"
    values = quick(lambda given: walk(case, driver, given, reverse))(given)
    close(values, by_hand(case, given, reverse))


@over_walks()
def test_equals_the_loop_on_full_rows(case, driver):
    """The same on rows of full length without documents, so that no mask can hide an error."""
    given = plain(problem(case, seed=10))
    close(answer(case, driver, given).values, by_hand(case, given, False))


def test_no_cell_and_no_driver_is_missing():
    """Every name in CELLS and in DRIVERS has a row in the table of cases."""
    rows = {case.cell.name for case in CASES}
    assert set(cells.CELLS) <= rows, set(cells.CELLS) - rows
    assert set(drivers.DRIVERS) == {driver.name for driver in DRIVERS}
