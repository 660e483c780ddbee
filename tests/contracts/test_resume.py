"""A sequence may be cut anywhere, and a step is a step."""

from __future__ import annotations

from functools import cache

import jax
import numpy as np
import pytest
from cases import B, T, of_drivers, over_few, over_walks, over_ways
from walking import Answer, answer, close, cotangents, in_numpy, perturbed, plain, problem, quick

pytestmark = pytest.mark.usefixtures("x64")


def moved(tree, cut):
    """Steps from ``cut`` on at the front; what comes after them is never looked at."""
    return jax.tree.map(lambda a: np.concatenate([a[cut:], a[:cut]]), tree)


def kept(tree, first, last):
    """Steps first to last as they are, zero elsewhere."""
    inside = np.arange(T)
    inside = (inside >= first) & (inside < last)
    return jax.tree.map(lambda a: np.where(inside.reshape(-1, *[1] * (a.ndim - 1)), a, 0), tree)


@over_ways(lambda case, driver: not case.noisy)
def test_cut_and_carry_on(case, driver, way):
    """[0:a], its carry handed on, then [a:T] equals one walk: values, and gradients chained."""
    cut, reverse = 3, way == "reverse"  # no document begins at step 3
    given = problem(case)
    out_carry, out_hs, out_states = cotangents(case, given)
    whole = answer(case, driver, given, (out_carry, out_hs, out_states), reverse)
    early = given._replace(lengths=np.minimum(given.lengths, cut))
    late = given._replace(
        xs=moved(given.xs, cut),
        resets=moved(given.resets, cut),
        lengths=np.maximum(given.lengths - cut, 0),
    )
    first, second = (late, early) if reverse else (early, late)
    none = jax.tree.map(np.zeros_like, (out_carry, out_hs, out_states))
    outs = {
        "early": kept((out_hs, out_states), 0, cut),
        "late": kept(moved((out_hs, out_states), cut), 0, T - cut),
    }
    out_first, out_second = (outs["late"], outs["early"]) if reverse else outs.values()

    before = answer(case, driver, first, none, reverse)
    after = answer(
        case, driver, second._replace(carry=before.carry), (out_carry, *out_second), reverse
    )
    before = answer(case, driver, first, (after.dcarry, *out_first), reverse)
    front, back = (after, before) if reverse else (before, after)

    def joined(a, b):
        return jax.tree.map(lambda x, y: np.concatenate([x[:cut], y[: T - cut]]), a, b)

    total = jax.tree.map(np.add, before.dparams, after.dparams)
    got = Answer(
        after.carry,
        joined(front.hs, back.hs),
        joined(front.states, back.states),
        total,
        joined(front.dxs, back.dxs),
        before.dcarry,
    )
    close(got, whole)


@cache
def by_hand(case):
    """(params, xs, carry, t) -> (carry after step t, output), compiled once for all drivers."""

    def step(params, xs, carry, t):
        params, xs = perturbed(case, params, xs)
        zs = case.cell.project(params, xs)
        carry = case.cell.step(params, carry, jax.tree.map(lambda a: a[t], zs))
        return carry, case.cell.read(carry)

    return quick(step)


@over_walks(lambda case, driver: not case.clipped)
def test_stepping_by_hand_equals_the_walk(case, driver):
    """project, then step by step with read: the outputs and the states of the driver."""
    given = plain(problem(case))
    step, carry, hs, states = by_hand(case), given.carry, [], []
    for t in range(T):
        carry, h = in_numpy(step(given.params, given.xs, carry, t))
        hs.append(h)
        states.append(carry)
    states = jax.tree.map(lambda *a: np.stack(a), *states)
    close((carry, np.stack(hs), states), answer(case, driver, given).values)


@over_few(demands=of_drivers)
def test_states_are_an_extra(case, driver):
    """states=False gives the same carry and outputs, and nothing else."""
    given = problem(case)

    def walk(params, xs, carry, lengths, resets):
        params, xs = perturbed(case, params, xs)
        return driver.drive(case.cell, params, xs, lengths, carry, resets=resets)

    carry, hs = quick(walk)(*given)
    close((carry, hs), answer(case, driver, given).values[:2])
    assert hs.shape == (T, B, case.cell.width)
