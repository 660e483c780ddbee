"""Clipping on the way back: values stay, the signal is bounded at every step."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import DRIVERS
from walking import close, numbers_like, quick

from seqjax.cells import clip_backward, gru_simple, rnn

some_drivers = pytest.mark.parametrize(
    "driver",
    [each for each in DRIVERS if not each.apart and each.name not in ("associative", "newton")],
    ids=lambda driver: driver.name,
)


def slopes(cells, driver):
    """For each cell the gradient by (params, carry) of a loss that looks at every output."""

    def both(params, xs, carry):
        losses = [
            lambda *args, cell=cell: driver.drive(cell, args[0], xs, None, args[1])[1].sum()
            for cell in cells
        ]
        return [jax.grad(loss, (0, 1))(params, carry) for loss in losses]

    xs = np.random.default_rng(1).normal(size=(5, 2, 3)).astype(np.float32)
    shapes = jax.eval_shape(lambda: cells[0].init(jax.random.key(0), 3))
    return quick(both)(numbers_like(shapes, 0), xs, np.zeros((2, 4), np.float32))


@some_drivers
def test_a_limit_never_reached_changes_nothing(driver):
    """With a high limit the gradient is that of the bare cell."""
    close(*slopes([clip_backward(gru_simple(4), 1e6), gru_simple(4)], driver), 1e-6)


@some_drivers
def test_the_signal_into_a_step_is_bounded(driver):
    """However large the loss: through one linear step dL/dh_0 is w_h times at most the limit."""
    cell = clip_backward(rnn(4, activation="relu"), 0.5)
    params = {"w_h": np.eye(4), "b": np.full(4, 10.0), "w_x": np.zeros((3, 4))}
    params = {name: a.astype(np.float32) for name, a in params.items()}

    def loss(carry):
        _, hs = driver.drive(cell, params, jnp.zeros((3, 2, 3)), None, carry)
        return (jnp.array([100.0, -100.0, 0.1, 0.0]) * hs).sum()

    got = quick(jax.grad(loss))(np.zeros((2, 4), np.float32))
    # 0.1 at each of three steps adds up to 0.3 without reaching the limit.
    np.testing.assert_allclose(got, np.tile([0.5, -0.5, 0.3, 0.0], (2, 1)), rtol=1e-6)
