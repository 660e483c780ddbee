"""The drivers under vmap and jax.checkpoint, against a bare walk of the reference driver."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from cases import REFERENCE, TWO, of_drivers, over_few
from walking import (
    answer,
    close,
    cotangents,
    numbers_like,
    pairing,
    params_of,
    problem,
    quick,
    walk,
)

pytestmark = pytest.mark.usefixtures("x64")


def loss(case, driver, given, params, xs):
    """A number that sees every output."""
    out = walk(case, driver, given._replace(params=params, xs=xs))
    return pairing(out, cotangents(case, given))


def stacked(trees):
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


@over_few(demands=of_drivers)
def test_vmap_over_a_population_equals_a_loop(case, driver):
    """Three networks at once, each on sequences of its own: gradients of the loop over them."""
    given = problem(case)
    population = [params_of(case, seed=seed) for seed in (0, 1, 2)]
    inputs = [numbers_like(given.xs, seed, 1.0) for seed in (3, 4, 5)]
    gradient = jax.grad(lambda p, xs: loss(case, driver, given, p, xs), (0, 1))
    together = quick(jax.vmap(gradient))(stacked(population), np.stack(inputs))
    one_by_one = [
        answer(case, REFERENCE, given._replace(params=p, xs=xs)).gradients[:2]
        for p, xs in zip(population, inputs, strict=True)
    ]
    close(together, stacked(one_by_one))


@over_few(lambda case, driver: case.name in ("lstm", "gru_reset_before"), of_drivers)
def test_vmap_over_lengths_resets_and_carry(case, driver):
    """Everything but the parameters batched, masks and given carry too."""
    given = problem(case)
    others = [problem(case, seed=seed) for seed in (1, 2)]
    others[1] = others[1]._replace(lengths=given.lengths[::-1], resets=given.resets[:, ::-1])
    others = [each._replace(params=given.params) for each in others]

    def values(each):
        return walk(case, driver, each._replace(params=given.params))

    got = quick(jax.vmap(values))(stacked([each._replace(params=0) for each in others]))
    close(got, stacked([answer(case, REFERENCE, each).values for each in others]))


@over_few(lambda case, driver: case.name in TWO, of_drivers)
def test_inside_a_checkpoint(case, driver):
    """jax.checkpoint around a walk changes no gradient."""
    given = problem(case)
    remade = jax.checkpoint(lambda p, xs: loss(case, driver, given, p, xs))
    got = quick(jax.grad(remade, (0, 1)))(given.params, given.xs)
    close(got, answer(case, REFERENCE, given).gradients[:2])
