"""Real-time recurrent learning against backpropagation through time, and its memory."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from online_problems import B, D, H, backpropagated, flat, loss, online, problem
from walking import close, quick

from seqjax.cells import (
    Step,
    clip_backward,
    gru,
    gru_reset_before,
    ind_rnn,
    locked_dropout,
    lstm,
    min_gru,
    residual,
    rnn,
    zoneout,
)
from seqjax.online import METHODS, OnlineState, rtrl, uoro

x64 = pytest.mark.usefixtures("x64")
CHOOSES = rnn(H)._replace(
    recurrence=Step(
        lambda p, h, z: jnp.where(
            h.max(-1, keepdims=True) > 5, jnp.tanh(z + h @ p["w_h"]), h + 9 * jnp.abs(z)
        )
    )
)
"""Its weights matter in states alone that are large."""
CELLS = {
    "chooses": (CHOOSES, D),
    "rnn_relu": (rnn(H, activation="relu"), D),
    "lstm_heads_learned": (lstm(H, heads=2, learn_start=True), D),
    "min_gru_learned": (min_gru(H, learn_start=True), D),
    "ind_rnn": (ind_rnn(H), D),
    "gru_reset_before": (gru_reset_before(H), D),
    "residual_zoneout_gru": (residual(zoneout(gru(H), hidden=0.3)), H),
}
SIZES = {"lstm_heads_learned": 2 * 4 * 52, "min_gru_learned": 4 * 9, "ind_rnn": 4 * 5}
"""Numbers of influence a row: half of 8 states for 104 parameters; a number a parameter."""


@x64
@pytest.mark.parametrize("name", CELLS)
def test_it_is_backpropagation(name):
    cell, d = CELLS[name]
    given = problem(cell, d)
    total, gradient = backpropagated(cell, given)
    found = online(rtrl, cell, given)
    close(found.total, total)
    close(found.gradient, gradient)
    size = sum(leaf.size for leaf in jax.tree.leaves(found.state.influence)) // B
    assert size == SIZES.get(name, size)


@x64
def test_windows_hand_the_influence_on():
    """Three windows, the parameters fixed: the sum of their gradients is that of the whole."""
    cell, _ = CELLS["min_gru_learned"]
    given = problem(cell)._replace(lengths=None)
    whole = quick(lambda p: rtrl(cell, p, given.xs, loss, given.targets, resets=given.resets))(
        given.params
    )

    @quick
    def window(params, xs, targets, resets, state):
        return rtrl(cell, params, xs, loss, targets, state=state, resets=resets)

    state = rtrl.start(cell, given.params, given.xs[0])
    total, gradient, ends = 0.0, 0.0, (0, 2, 4, 6)
    for a, b in itertools.pairwise(ends):
        part = window(given.params, given.xs[a:b], given.targets[a:b], given.resets[a:b], state)
        state = part.state
        total, gradient = total + part.total, gradient + flat(part.gradient)
    last = window(given.params, given.xs[6:], given.targets[6:], given.resets[6:], state)
    close(total + last.total, whole.total)
    close(gradient + flat(last.gradient), flat(whole.gradient))
    close(last.state, whole.state)
    forgotten = window(
        given.params, given.xs[6:], given.targets[6:], given.resets[6:],
        OnlineState(state.carry, jax.tree.map(jnp.zeros_like, state.influence)),
    )  # fmt: skip
    assert np.abs(flat(forgotten.gradient) - flat(last.gradient)).max() > 1e-3


@x64
def test_masks_of_a_row_are_no_parameters():
    """Zoneout's masks beside the inputs, locked dropout's among the parameters."""
    cell = zoneout(locked_dropout(rnn(H), hidden=0.5), hidden=0.4)
    given = problem(cell)
    params, xs = cell.noise(given.params, given.xs, jax.random.key(1))
    given = given._replace(params=params, xs=xs)
    _, gradient = backpropagated(cell, given)
    found = online(rtrl, cell, given).gradient
    assert not found.pop("locked").any()
    gradient.pop("locked")
    close(found, gradient)


def test_narrow_parameters_have_wide_influence():
    cell = min_gru(H)
    given = problem(cell, dtype=jnp.bfloat16)
    found = online(rtrl, cell, given)
    assert {leaf.dtype for leaf in jax.tree.leaves(found.state)} == {jnp.dtype(jnp.float32)}
    assert {leaf.dtype for leaf in jax.tree.leaves(found.gradient)} == {jnp.dtype(jnp.bfloat16)}
    _, gradient = backpropagated(cell, given)
    worst = np.abs(flat(found.gradient) - flat(gradient)).max()
    assert worst < 0.02 * np.abs(flat(gradient)).max()


def test_memory_does_not_grow_with_time():
    cell = min_gru(H)
    params = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))

    def temporary(steps):
        xs = jax.ShapeDtypeStruct((steps, B, D), jnp.float32)
        ys = jax.ShapeDtypeStruct((steps, B, H), jnp.float32)
        walk = quick(lambda p, xs, ys: rtrl(cell, p, xs, loss, ys))
        return walk.lower(params, xs, ys).compile().memory_analysis().temp_size_in_bytes

    assert temporary(100) == temporary(10_000)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": lambda y, _: y}, r"loss: got shape \(3, 4\), want \(3,\), one a row"),
        ({"targets": np.zeros((2, B))}, r"targets: got shape \(2, 3\), want \[7, 3, ...\]"),
        ({"state": 1}, "state: got int, want an OnlineState"),
        ({"method": uoro}, "key: got None, but uoro draws random numbers"),
        ({"cell": clip_backward(min_gru(H), 1.0)}, "which has no forward mode"),
        ({"cell": gru_reset_before(H), "method": METHODS["eprop"]}, "eprop cannot serve gru_reset"),
        ({"params": {}}, "params: got none"),
    ],
)
def test_what_is_refused(options, message):
    cell = options.pop("cell", min_gru(H))
    given = problem(cell, dtype=np.float32)
    method, lost = options.pop("method", rtrl), options.pop("loss", loss)
    targets = options.pop("targets", given.targets)
    params = options.pop("params", given.params)
    with pytest.raises(ValueError, match=message):
        jax.eval_shape(lambda: method(cell, params, given.xs, lost, targets, **options))
