"""Lyapunov exponents against linear maps, whose exponents are logarithms of eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
from instruments import made, run

from seqjax.cells import CELLS, clip_backward, lstm, rnn
from seqjax.diagnostics import lyapunov, step_jacobians

pytestmark = pytest.mark.usefixtures("x64")


def linear(w):
    """relu of states that are positive: h_t = h_{t-1} w, and a constant on top."""
    n = len(w)
    return rnn(n, activation="relu"), {
        "w_x": np.ones((1, n)), "w_h": w, "b": np.full(n, 100.0)
    }  # fmt: skip


def test_of_a_symmetric_map_they_are_logarithms_of_eigenvalues():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    values = np.array([0.8, 0.4, 0.1])
    cell, params = linear(turn @ np.diag(values) @ turn.T)
    xs = np.zeros((60, 2, 1))
    found, largest = run(
        lambda p: [lyapunov(cell, p, xs, k=k, warmup=30) for k in (None, 1)], params
    )
    np.testing.assert_allclose(found.exponents, [np.log(values)] * 2, rtol=1e-9)
    np.testing.assert_allclose(largest.exponents, np.log([[0.8]] * 2), rtol=1e-9)


def test_of_a_scaled_rotation_they_are_equal_from_the_first_step():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    cell, params = linear(0.1 * turn)
    found = run(lambda params: lyapunov(cell, params, np.zeros((3, 1, 1))), params)
    np.testing.assert_allclose(found.growth, np.full((3, 1, 4), np.log(0.1)), rtol=1e-10)


@pytest.mark.parametrize("name", ["lstm", "gru_reset_before", "min_gru"])
def test_their_sum_is_the_mean_log_determinant(name):
    """Of any cell, row by row, over its real steps."""
    cell, lengths = CELLS[name](3), np.array([6, 4])
    xs = np.random.default_rng(1).normal(size=(6, 2, 2))
    found, jacobians = run(
        lambda p: (lyapunov(cell, p, xs, lengths), step_jacobians(cell, p, xs, lengths)),
        made(cell, 2),
    )
    wanted = np.linalg.slogdet(jacobians)[1].sum(0) / lengths
    np.testing.assert_allclose(found.exponents.sum(-1), wanted, rtol=1e-8)
    assert (np.diff(found.exponents) <= 0).all()
    assert (found.growth[4:, 1] == 0).all()


def test_rows_without_a_step_that_counts_have_none():
    cell = rnn(2)
    xs, lengths = np.ones((5, 2, 1)), np.array([5, 2])
    found = run(lambda params: lyapunov(cell, params, xs, lengths, warmup=2), made(cell, 1))
    assert np.isfinite(found.exponents[0]).all() and np.isnan(found.exponents[1]).all()


def test_a_direction_that_is_lost():
    cell, params = linear(np.diag([0.5, 0.0]))
    found = run(lambda params: lyapunov(cell, params, np.zeros((10, 1, 1)), warmup=4), params)
    np.testing.assert_allclose(found.exponents, [[np.log(0.5), -np.inf]])


def test_of_a_cell_without_forward_mode():
    of, xs = [clip_backward(rnn(3), 0.01), rnn(3)], np.ones((5, 1, 1))
    clipped, plain = run(lambda p: [lyapunov(cell, p, xs).growth for cell in of], made(rnn(3), 1))
    np.testing.assert_allclose(clipped, plain, rtol=1e-9)


def test_what_does_not_fit_is_named():
    params = made(lstm(2), 1)
    with pytest.raises(ValueError, match="k: got 5, want at most 4, the numbers in a state"):
        lyapunov(lstm(2), params, np.ones((3, 1, 1)), k=5)
    with pytest.raises(ValueError, match="warmup: got -1"):
        lyapunov(lstm(2), params, np.ones((3, 1, 1)), warmup=-1)
