"""Noise is data: it draws the masks of one pass, and only a key brings any."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, REFERENCE, over_cases
from walking import in_numpy, problem, quick, same

from seqjax.cells import gru, locked_dropout, lstm, weight_drop, zoneout

WIDE = 64
STEPS, ROWS = 20, 16


def wide(cell, d=8):
    params = cell.init(jax.random.key(0), d)
    return params, np.ones((STEPS, ROWS, d), np.float32)


def frequency(mask, rate):
    """The mask's mean is the rate, to four standard errors."""
    assert abs(np.mean(mask) - rate) < 4 * (rate * (1 - rate) / np.size(mask)) ** 0.5


@over_cases(lambda case: case.noisy)
def test_a_key_is_a_pass(case):
    """The same key gives the same outputs, another key others, no key none of it."""
    given = problem(case, np.float32)

    @quick
    def both(params, xs, key):
        noisy = case.cell.noise(params, xs, key)
        return [REFERENCE.drive(case.cell, *each)[1] for each in (noisy, (params, xs))]

    first, calm = in_numpy(both(*given[:2], jax.random.key(1)))
    other, still = in_numpy(both(*given[:2], jax.random.key(2)))
    same(both(*given[:2], jax.random.key(1))[0], first)
    assert (first != other).any()
    assert (calm != first).any()
    same(still, calm)


def test_only_noisy_cells_have_noise():
    """A cell without noise says so, so that a layer knows whether it needs a key."""
    for case in CASES:
        assert (case.cell.noise is not None) == (case.noisy or "zoneout" in case.name), case.name


@pytest.mark.parametrize("wrap", [lambda cell: weight_drop(cell, 0.5), locked_dropout])
def test_without_a_key_the_cell_is_the_bare_one(wrap):
    """Dropout of weights or states leaves a walk without noise as it was, bit for bit."""
    params, xs = wide(lstm(WIDE))
    cells = (wrap(lstm(WIDE)), lstm(WIDE))
    same(*(quick(partial(REFERENCE.drive, cell))(params, xs) for cell in cells))


@pytest.mark.parametrize("rate", [0, 0.0])
def test_a_rate_of_zero_is_no_noise(rate):
    """A pass with rate 0 equals the bare cell, whether the number is an integer or not."""
    bare = lstm(8)
    params, xs = wide(bare)
    cells = (
        weight_drop(bare, rate),
        locked_dropout(bare, inputs=rate, hidden=rate),
        zoneout(bare, hidden=rate, memory=rate),
    )

    @quick
    def walks(params, xs, key):
        noisy = [REFERENCE.drive(cell, *cell.noise(params, xs, key)) for cell in cells]
        return noisy, REFERENCE.drive(bare, params, xs)

    noisy, want = walks(params, xs, jax.random.key(3))
    for got in noisy:
        same(got, want)


def test_weight_drop_drops_recurrent_weights_once():
    """A share of w_h is zero, the rest scaled up; nothing else changes, w_h serves all steps."""
    cell = weight_drop(lstm(WIDE), 0.3)
    params, xs = wide(cell)
    noisy, same_xs = cell.noise(params, xs, jax.random.key(3))
    frequency(noisy["w_h"] == 0, 0.3)
    kept = noisy["w_h"] != 0
    np.testing.assert_allclose(noisy["w_h"][kept], params["w_h"][kept] / 0.7, rtol=1e-6)
    same((noisy | {"w_h": 0}, same_xs), (params | {"w_h": 0}, xs))


def test_dropped_weights_get_no_gradient():
    """A weight that is out for this pass does not learn from it; those that stay do."""
    cell = weight_drop(gru(4), 0.5)
    params, xs = cell.init(jax.random.key(0), 8), jnp.ones((3, 2, 8))

    def loss(params):
        noisy, xs_too = cell.noise(params, xs, jax.random.key(3))
        return REFERENCE.drive(cell, noisy, xs_too)[1].sum(), noisy["w_h"]

    slope, dropped = quick(jax.grad(loss, has_aux=True))(params)
    np.testing.assert_array_equal(np.asarray(slope["w_h"]) == 0, np.asarray(dropped) == 0)


def test_locked_masks_hold_for_a_whole_row():
    """Masks of inputs and states: 0 or 1/(1-rate), constant over time, different between rows."""
    cell = locked_dropout(lstm(WIDE), inputs=0.2, hidden=0.4)
    params, xs = wide(cell, d=WIDE)
    noisy, masked = cell.noise(params, xs, jax.random.key(3))
    masked = np.asarray(masked)  # of ones
    np.testing.assert_array_equal(masked, np.broadcast_to(masked[0], masked.shape))
    assert (masked[0, 0] != masked[0, 1]).any()
    frequency(masked[0] == 0, 0.2)
    np.testing.assert_allclose(masked[masked != 0], 1 / 0.8, rtol=1e-6)
    locked = np.asarray(noisy["locked"])
    assert locked.shape == (ROWS, WIDE)
    assert (locked[0] != locked[1]).any()
    frequency(locked == 0, 0.4)
    np.testing.assert_allclose(locked[locked != 0], 1 / 0.6, rtol=1e-6)


def test_zoneout_draws_anew_at_every_step():
    """h and c have masks and rates of their own, another one at each step and in each row."""
    cell = zoneout(lstm(WIDE), hidden=0.1, memory=0.4)
    params, xs = wide(cell)
    same_params, noisy = cell.noise(params, xs, jax.random.key(3))
    h, c = (np.asarray(mask) for mask in noisy.keep)
    same((same_params, noisy.xs), (params, xs))
    for mask, rate in ((h, 0.1), (c, 0.4)):
        assert mask.shape == (STEPS, ROWS, WIDE)
        frequency(mask, rate)
        assert (mask[0] != mask[1]).any()
        assert (mask[:, 0] != mask[:, 1]).any()
    frequency(h & c, 0.04)  # drawn apart


def test_zoneout_keeps_what_the_mask_says():
    """A unit that zones out has its old value exactly, the others the cell's new one."""
    cell, bare = zoneout(gru(WIDE), hidden=0.5), gru(WIDE)
    params, xs = wide(cell)
    _, noisy = cell.noise(params, xs, jax.random.key(3))
    old = np.random.default_rng(4).normal(size=(ROWS, WIDE)).astype(np.float32)

    @quick
    def step(noisy, old):
        z = jax.tree.map(lambda a: a[0], cell.project(params, noisy))
        return cell.step(params, old, z), bare.step(params, old, bare.project(params, xs)[0])

    got, new = step(noisy, old)
    np.testing.assert_array_equal(got, np.where(noisy.keep[0], old, new))


def test_nested_wrappers_draw_apart():
    """One key, two wrappers of the same kind: their masks are independent."""
    rate = 0.5
    cell = weight_drop(weight_drop(lstm(WIDE), rate), rate)
    params, xs = wide(cell)
    frequency(cell.noise(params, xs, jax.random.key(3))[0]["w_h"] != 0, (1 - rate) ** 2)
