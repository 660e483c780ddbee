"""Padding: whatever stands there, nothing comes of it."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import B, T, broad, of_drivers, over_few, over_ways
from walking import answer, close, cotangents, in_numpy, perturbed, plain, problem, quick, same

pytestmark = pytest.mark.usefixtures("x64")


def padding(given):
    return np.arange(T)[:, None] >= np.asarray(given.lengths)


@over_ways()
def test_poison_in_the_padding_changes_nothing(case, driver, way):
    """NaN past the lengths leaves values and gradients the same bit for bit, none of it flows."""
    given, reverse = problem(case), way == "reverse"
    xs = np.where(padding(given)[..., None], np.nan, given.xs)
    poisoned = answer(case, driver, given._replace(xs=xs), reverse=reverse)
    same(poisoned, answer(case, driver, given, reverse=reverse))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(poisoned))
    assert (poisoned.dxs[padding(given)] == 0).all()


@over_ways()
def test_outputs_are_zero_and_the_carry_stands_still(case, driver, way):
    """hs is 0 past the length; there the carry is the last one (the first, walking backwards)."""
    given, got = problem(case), answer(case, driver, problem(case), reverse=way == "reverse")
    past = padding(given)
    assert (got.hs[past] == 0).all()
    assert (np.abs(got.hs[~past]).max(-1) > 0).any()
    stand = got.carry if way == "forward" else given.carry
    for state, still in zip(*map(jax.tree.leaves, (got.states, stand)), strict=True):
        np.testing.assert_array_equal(state[past], np.broadcast_to(still, state.shape)[past])


@over_ways()
def test_an_empty_row_returns_its_carry(case, driver, way):
    """Length 0: the carry comes back bit for bit, and so does its cotangent."""
    given = problem(case)
    given = given._replace(lengths=np.zeros_like(given.lengths))
    got = answer(case, driver, given, reverse=way == "reverse")
    same(got.carry, given.carry)
    assert (got.hs == 0).all()
    for name in {"w_x", "w_h", "b"} & got.dparams.keys():
        assert (got.dparams[name] == 0).all(), name


@over_few(broad, of_drivers)
def test_no_lengths_means_full_rows(case, driver):
    """lengths=None, resets=None, carry=None equal full lengths, no marks and cell.start."""
    given = plain(problem(case))

    def start(params):
        return case.cell.start(params, (B,))

    def both(params, xs):
        out, pull = jax.vjp(
            lambda *a: driver.drive(case.cell, *perturbed(case, *a))[:2], params, xs
        )
        return out, pull(jax.tree.map(jnp.ones_like, out)), start(params)

    @quick
    def through(params, dcarry):
        return jax.vjp(start, params)[1](dcarry)[0]

    (carry, hs), gradients, began = in_numpy(quick(both)(given.params, given.xs))
    unseen = jax.tree.map(np.zeros_like, cotangents(case, given)[2])
    out = (*jax.tree.map(np.ones_like, (carry, hs)), unseen)
    want = answer(case, driver, given._replace(carry=began), out)
    through_start = in_numpy(through(given.params, want.dcarry))
    dparams = jax.tree.map(np.add, want.dparams, through_start)
    close(((carry, hs), gradients), ((want.carry, want.hs), (dparams, want.dxs)))


@over_few(lambda case, driver: broad(case, driver) and not case.noisy, of_drivers)
def test_a_padded_row_equals_the_row_alone(case, driver):
    """Row 1 of the batch, cut to its length, alone: the same outputs, carry and gradient."""
    given = problem(case)
    given = given._replace(resets=np.zeros_like(given.resets))
    row, size = slice(1, 2), int(given.lengths[1])
    carry, hs, states = jax.tree.map(np.zeros_like, cotangents(case, given))
    hs[:, row] = 1
    for leaf in jax.tree.leaves(carry):
        leaf[row] = 1
    got = answer(case, driver, given, (carry, hs, states))

    @quick
    def alone(params, xs, carry):
        out, pull = jax.vjp(
            lambda params, xs, carry: driver.drive(case.cell, params, xs, None, carry)[:2],
            *(params, xs, carry),
        )
        return out, pull(jax.tree.map(jnp.ones_like, out))

    first = jax.tree.map(lambda a: a[row], given.carry)
    (carry, hs), (dparams, dxs, dcarry) = alone(given.params, given.xs[:size, row], first)
    close(jax.tree.map(lambda a: a[row], (got.carry, got.dcarry)), (carry, dcarry))
    close((got.hs[:size, row], got.dxs[:size, row], got.dparams), (hs, dxs, dparams))
    assert (got.hs[size:, row] == 0).all()


@over_few(lambda case, driver: broad(case, driver) and not case.noisy, of_drivers)
def test_a_single_step(case, driver):
    """T = 1 is one step of the cell, forwards or backwards."""
    given = problem(case)

    @quick
    def walked(params, xs, carry):
        def walk(params, reverse):
            return driver.drive(case.cell, params, xs, None, carry, reverse=reverse)[:2]

        by_hand = case.cell.step(
            params, carry, jax.tree.map(lambda a: a[0], case.cell.project(params, xs))
        )
        both = (jax.vjp(partial(walk, reverse=reverse), params)[0] for reverse in (False, True))
        return *both, (by_hand, case.cell.read(by_hand)[None])

    forward, back, by_hand = walked(given.params, given.xs[:1], given.carry)
    close(forward, by_hand)
    same(back, forward)
