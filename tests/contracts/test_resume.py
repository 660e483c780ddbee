"""A sequence may be cut anywhere, and a step is a step."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import B, T, over_few, over_walks, over_ways
from walking import Answer, answer, close, cotangents, perturbed, plain, problem, quick

pytestmark = pytest.mark.usefixtures("x64")


def moved(tree, cut):
    """Steps from ``cut`` on at the front; what comes after them is never looked at."""
    return jax.tree.map(lambda a: jnp.concatenate([a[cut:], a[:cut]]), tree)


def kept(tree, first, last):
    """Steps first to last as they are, zero elsewhere."""
    inside = np.arange(T)
    inside = (inside >= first) & (inside < last)
    return jax.tree.map(lambda a: jnp.where(inside.reshape(-1, *[1] * (a.ndim - 1)), a, 0), tree)


@over_ways(lambda case, driver: not case.noisy)
def test_cut_and_carry_on(case, driver, way):
    """[0:a], its carry handed on, then [a:T] equals one walk: values, and gradients chained."""
    cut, reverse = 3, way == "reverse"  # no document begins at step 3
    given = problem(case)
    out_carry, out_hs, out_states = cotangents(case, given)
    whole = answer(case, driver, given, (out_carry, out_hs, out_states), reverse)
    early = given._replace(lengths=jnp.minimum(given.lengths, cut))
    late = given._replace(
        xs=moved(given.xs, cut),
        resets=moved(given.resets, cut),
        lengths=jnp.maximum(given.lengths - cut, 0),
    )
    first, second = (late, early) if reverse else (early, late)
    none = jax.tree.map(jnp.zeros_like, (out_carry, out_hs, out_states))
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
        return jax.tree.map(lambda x, y: jnp.concatenate([x[:cut], y[: T - cut]]), a, b)

    total = jax.tree.map(jnp.add, before.dparams, after.dparams)
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
    """(project, step) of the cell, compiled once for all drivers."""
    return quick(case.cell.project), quick(case.cell.step)


@over_walks(lambda case, driver: not case.clipped)
def test_stepping_by_hand_equals_the_walk(case, driver):
    """project, then step by step with read: the outputs and the states of the driver."""
    given = plain(problem(case))
    params, xs = perturbed(case, given.params, given.xs)
    project, step = by_hand(case)
    zs, carry, hs, states = project(params, xs), given.carry, [], []
    for t in range(T):
        carry = step(params, carry, jax.tree.map(lambda a, t=t: a[t], zs))
        hs.append(case.cell.read(carry))
        states.append(carry)
    states = jax.tree.map(lambda *a: jnp.stack(a), *states)
    close((carry, jnp.stack(hs), states), answer(case, driver, given).values)


@over_few()
def test_states_are_an_extra(case, driver):
    """states=False gives the same carry and outputs, and nothing else."""
    given = problem(case)
    params, xs = perturbed(case, given.params, given.xs)
    carry, hs = jax.jit(
        lambda: driver.drive(case.cell, params, xs, given.lengths, given.carry, resets=given.resets)
    )()
    close((carry, hs), answer(case, driver, given).values[:2])
    assert hs.shape == (T, B, case.cell.width)
