"""Fixed points against bisection and closed forms of tiny networks."""

from __future__ import annotations

import numpy as np
import pytest
from instruments import made, run
from scipy import optimize

from seqjax.cells import lstm, rnn
from seqjax.diagnostics import fixed_points

pytestmark = pytest.mark.usefixtures("x64")
STARTS = np.linspace(-2, 2, 9)[:, None]


def one_unit(w, b=0.0):
    return {"w_x": np.zeros((1, 1)), "w_h": np.full((1, 1), w), "b": np.full(1, b)}


def test_of_one_unit_they_are_the_roots_of_tanh_w_h_minus_h():
    """w = 2: two stable ones, and 0, which is not; the slope there is w (1 - h²)."""
    found = fixed_points(rnn(1), one_unit(2.0), np.zeros(1), STARTS)
    root = optimize.brentq(lambda h: np.tanh(2 * h) - h, 0.5, 1.5, xtol=1e-14)
    order = np.argsort(found.states[:, 0])
    np.testing.assert_allclose(found.states[order, 0], [-root, 0, root], atol=1e-12)
    slopes = [2 * (1 - root**2), 2, 2 * (1 - root**2)]
    np.testing.assert_allclose(found.eigenvalues[order, 0], slopes, rtol=1e-10)
    assert found.stable[order].tolist() == [True, False, True]
    assert found.starts.sum() + found.lost == len(STARTS)
    assert (np.diff(found.starts) <= 0).all()


def test_below_one_there_is_a_single_one():
    found = fixed_points(rnn(1), one_unit(0.5, 0.3), np.zeros(1), STARTS)
    root = optimize.brentq(lambda h: np.tanh(0.5 * h + 0.3) - h, -1, 1, xtol=1e-14)
    np.testing.assert_allclose(found.states, [[root]], atol=1e-12)
    assert found.stable.tolist() == [True] and found.lost == 0


def test_the_input_moves_them():
    params = {**one_unit(0.5), "w_x": np.ones((1, 1))}
    moved = fixed_points(rnn(1), params, np.array([0.3]), STARTS)
    biased = fixed_points(rnn(1), one_unit(0.5, 0.3), np.zeros(1), STARTS)
    np.testing.assert_allclose(moved.states, biased.states, atol=1e-12)


def test_of_a_cell_with_two_states_a_step_leaves_them():
    cell, x = lstm(2), np.array([0.5, -1.0])
    params = made(cell, 2)
    starts = np.random.default_rng(0).normal(size=(4, 4))
    found = fixed_points(cell, params, x, starts, tolerance=1e-9)
    assert len(found.states) >= 1
    rows = np.broadcast_to(x, (len(found.states), 2))
    after = run(lambda s: cell.step(params, (s[:, :2], s[:, 2:]), cell.project(params, rows)),
                found.states)  # fmt: skip
    np.testing.assert_allclose(np.concatenate(after, -1), found.states, atol=1e-8)
    assert (np.diff(np.abs(found.eigenvalues), axis=-1) <= 1e-12).all()


def test_where_there_is_none_all_starts_are_lost():
    """relu(h + 1) grows for ever; F' is singular, so that Newton's direction is no number."""
    found = fixed_points(rnn(1, activation="relu"), one_unit(1.0, 1.0), np.zeros(1), STARTS)
    assert len(found.states) == 0 and found.lost == len(STARTS)
    assert found.eigenvalues.shape == (0, 1)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"starts: got shape \(9, 2\), want \[S, 1\]"):
        fixed_points(rnn(1), one_unit(1.0), np.zeros(1), np.zeros((9, 2)))
    with pytest.raises(ValueError, match=r"x: got shape \(1, 1\), want one input"):
        fixed_points(rnn(1), one_unit(1.0), np.zeros((1, 1)), STARTS)
