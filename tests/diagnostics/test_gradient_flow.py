"""Gradients by step: against finite differences, jax.grad of unrolled loops, and closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from instruments import made, run

from seqjax.cells import clip_backward, gru, lstm, rnn
from seqjax.diagnostics import (
    last_output,
    loss_gradients,
    memory_length,
    stack_gradients,
    state_flow,
    trajectory,
)

pytestmark = pytest.mark.usefixtures("x64")
T, B, D, H = 5, 2, 2, 3
LENGTHS = np.array([5, 3])


XS = np.random.default_rng(0).normal(size=(T, B, D))


def backwards(params, h, lengths, dh):
    """dL/dh_t of a plain RNN from the chain rule: its own output's part, and what comes back."""
    w_h, total = np.asarray(params["w_h"]), np.zeros_like(h)
    for row, length in enumerate(lengths):
        for t in reversed(range(length)):
            total[t, row] = dh[t, row]
            if t + 1 < length:
                total[t, row] += ((1 - h[t + 1, row] ** 2) * total[t + 1, row]) @ w_h.T
    return total


def test_of_a_plain_rnn_they_are_those_of_the_chain_rule():
    cell = rnn(H)
    params = made(cell, D)

    def all_of(params):
        losses = [lambda hs: (hs**2).sum(), last_output(jnp.sum, LENGTHS)]
        found = [loss_gradients(cell, params, XS, loss, LENGTHS) for loss in losses]
        return trajectory(cell, params, XS, LENGTHS).hs, *found

    h, found, of_last = run(all_of, params)
    np.testing.assert_allclose(found, backwards(params, h, LENGTHS, 2 * h), atol=1e-12)
    ones = np.zeros_like(h)
    ones[LENGTHS - 1, range(B)] = 1
    np.testing.assert_allclose(of_last, backwards(params, h, LENGTHS, ones), atol=1e-12)
    assert (of_last[3:, 1] == 0).all()


def test_of_a_stack_they_are_finite_differences():
    cells, params = [lstm(2), gru(H)], [made(lstm(2), D), made(gru(H), 2)]

    def loss(hs):
        return (hs**2).sum()

    found = run(lambda params: stack_gradients(cells, params, XS, loss, LENGTHS), params)
    assert [each.shape for each in found] == [(T, B, 4), (T, B, H)]

    def value(nudges):
        hs = XS
        for cell, own, nudge in zip(cells, params, nudges, strict=True):
            hs = trajectory(cell, own, hs, LENGTHS, nudges=nudge).hs
        return loss(hs)

    places = [(0, (0, 0, 1)), (0, (2, 1, 3)), (1, (1, 0, 2)), (0, (4, 1, 0))]
    moved = [np.zeros((8, *each.shape)) for each in found]
    for number, (layer, place) in enumerate(places):
        moved[layer][2 * number][place], moved[layer][2 * number + 1][place] = 1e-5, -1e-5
    values = run(jax.vmap(value), moved)
    for number, (layer, place) in enumerate(places):
        wanted = (values[2 * number] - values[2 * number + 1]) / 2e-5
        np.testing.assert_allclose(found[layer][place], wanted, atol=1e-8)


def test_gradients_of_a_cell_that_clips_are_clipped():
    """They are the signals of training, unlike Jacobians, which are those of the values."""
    loss = last_output(lambda h: 100 * h.sum())
    of = [clip_backward(rnn(H), 0.5), rnn(H)]
    clipped, plain = run(
        lambda params: [loss_gradients(cell, params, XS, loss) for cell in of], made(rnn(H), D)
    )
    assert np.abs(clipped[0]).max() < np.abs(plain[0]).max()


def test_flow_of_a_linear_recurrence_is_a_power():
    """relu of a positive state: h_T = 0.5^k h_{T-k}, so that the memory is log(1/e) / log 0.5."""
    cell = rnn(2, activation="relu")
    params = {"w_x": np.ones((1, 2)), "w_h": 0.5 * np.eye(2), "b": np.zeros(2)}
    flow = run(lambda params: state_flow(cell, params, np.ones((8, 1, 1))), params)
    np.testing.assert_allclose(flow[:, 0], np.arange(9) * np.log(0.5), atol=1e-12)
    np.testing.assert_allclose(run(memory_length, flow), [1 / np.log(2)], rtol=1e-6)


def test_nothing_arrives_through_dead_units():
    cell = rnn(2, activation="relu")
    params = {"w_x": -np.ones((1, 2)), "w_h": np.eye(2), "b": np.zeros(2)}
    flow = run(lambda params: state_flow(cell, params, np.ones((3, 1, 1))), params)
    assert flow[:, 0].tolist() == [0.0, -np.inf, -np.inf, -np.inf]
    assert run(memory_length, flow).tolist() == [1.0]


def test_memory_ends_with_the_row():
    flow = np.log([[1, 1, 1], [0.5, 0.9, np.nan], [0.1, 0.8, np.nan]])
    found = run(lambda flow: memory_length(flow, 0.25), flow)
    assert found[1:].tolist() == [np.inf, np.inf]
    np.testing.assert_allclose(found[0], 1 + np.log(0.5) / np.log(0.2), rtol=1e-6)
    for wrong in (0.0, 1.0):
        with pytest.raises(ValueError, match="fraction: got"):
            memory_length(flow, wrong)


def test_as_many_parameters_as_cells():
    with pytest.raises(ValueError, match="params: got 1, want one for each of 2 cells"):
        stack_gradients([rnn(H), rnn(H)], [made(rnn(H), D)], XS, jnp.sum)
