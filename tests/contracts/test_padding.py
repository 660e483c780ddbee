"""Padding: whatever stands there, nothing comes of it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import B, T, broad, of_drivers, over_few, over_ways
from walking import answer, close, cotangents, perturbed, plain, problem, quick, same

pytestmark = pytest.mark.usefixtures("x64")


def padding(given):
    return np.arange(T)[:, None] >= np.asarray(given.lengths)


@over_ways()
def test_poison_in_the_padding_changes_nothing(case, driver, way):
    """NaN past the lengths leaves values and gradients the same bit for bit, none of it flows."""
    given, reverse = problem(case), way == "reverse"
    xs = jnp.where(padding(given)[..., None], jnp.nan, given.xs)
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
    given = given._replace(lengths=jnp.zeros_like(given.lengths))
    got = answer(case, driver, given, reverse=way == "reverse")
    same(got.carry, given.carry)
    assert (got.hs == 0).all()
    for name in {"w_x", "w_h", "b"} & got.dparams.keys():
        assert (got.dparams[name] == 0).all(), name


def drive(case, driver, params, xs, lengths=None, carry=None, **options):
    """(values, gradients by params and xs) of a compiled walk; ``None`` stays None."""

    def of(params, xs):
        return tuple(
            driver.drive(case.cell, *perturbed(case, params, xs), lengths, carry, **options)
        )

    def both(params, xs):
        out, pull = jax.vjp(of, params, xs)
        return out, pull(jax.tree.map(jnp.ones_like, out))

    return quick(both)(params, xs)


@over_few(broad, of_drivers)
def test_no_lengths_means_full_rows(case, driver):
    """lengths=None, resets=None, carry=None equal full lengths, no marks and cell.start."""
    given = plain(problem(case))

    def start(params):
        return case.cell.start(params, (B,))

    got = drive(case, driver, given.params, given.xs)

    unseen = jax.tree.map(jnp.zeros_like, cotangents(case, given)[2])
    out = (*jax.tree.map(jnp.ones_like, got[0]), unseen)
    carry, push = jax.vjp(start, given.params)
    want = answer(case, driver, given._replace(carry=carry), out)
    (through_start,) = push(want.dcarry)
    dparams = jax.tree.map(jnp.add, want.dparams, through_start)
    close(got, ((want.carry, want.hs), (dparams, want.dxs)))


@over_few(lambda case, driver: broad(case, driver) and not case.noisy, of_drivers)
def test_a_padded_row_equals_the_row_alone(case, driver):
    """Row 1 of the batch, cut to its length, alone: the same outputs, carry and gradient."""
    given = problem(case)
    size = int(given.lengths[1])
    got = drive(case, driver, given.params, given.xs[:, 1:2], jnp.array([size]))
    want = drive(case, driver, given.params, given.xs[:size, 1:2])
    close((got[0][0], got[0][1][:size], got[1][0], got[1][1][:size]), (*want[0], *want[1]))
    assert (got[0][1][size:] == 0).all()


@over_few(lambda case, driver: broad(case, driver) and not case.noisy, of_drivers)
def test_a_single_step(case, driver):
    """T = 1 is one step of the cell, forwards or backwards."""
    given = problem(case)
    (carry, hs), _ = drive(case, driver, given.params, given.xs[:1], None, given.carry)
    z = jax.tree.map(lambda a: a[0], case.cell.project(given.params, given.xs[:1]))
    want = case.cell.step(given.params, given.carry, z)
    close((carry, hs[0]), (want, case.cell.read(want)))
    same(drive(case, driver, given.params, given.xs[:1], None, given.carry, reverse=True)[0][1], hs)
