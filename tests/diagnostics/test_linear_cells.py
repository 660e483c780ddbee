"""Instruments and cells that are linear in time: complex states, gates of the inputs alone."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import references
from walking import quick

from seqjax import cells
from seqjax.cells import diagonal_ssm, lru, min_lstm, rg_lru
from seqjax.diagnostics import gate_saturation, lyapunov, step_jacobians, trajectory
from seqjax.diagnostics.gates import gate_values
from seqjax.diagnostics.watch import figures_of

B, D, H = 2, 3, 4
KEY = jax.random.key(0)


def drawn(cell: Any) -> Any:
    """Random parameters in float64."""
    draw = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(KEY, D))
    return {name: jnp.asarray(0.6 * draw.normal(size=a.shape)) for name, a in shapes.items()}


def inputs(steps: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(1).normal(size=(steps, B, D)))


def test_instruments_see_real_and_imaginary_parts(x64: None) -> None:
    """The step Jacobian of lru is [[Re λ, -Im λ], [Im λ, Re λ]]; exponents are log |λ|, twice."""
    cell = lru(2)
    params, xs = drawn(cell), inputs(5)
    found, jacobians, flow = quick(
        lambda p: (lyapunov(cell, p, xs), step_jacobians(cell, p, xs), trajectory(cell, p, xs))
    )(params)
    eigenvalue = np.exp(-np.exp(params["nu_log"]) + 1j * np.exp(params["theta_log"]))[0]
    turn = np.array([[eigenvalue.real, -eigenvalue.imag], [eigenvalue.imag, eigenvalue.real]])
    np.testing.assert_allclose(jacobians, np.broadcast_to(turn, (5, B, 2, 2)), atol=1e-15)
    np.testing.assert_allclose(found.exponents, np.log(abs(eigenvalue)), rtol=1e-12)
    np.testing.assert_array_equal(flow.hs, flow.after)  # both are (Re, Im)
    figures = figures_of({}, {}, jnp.array([[0.6 + 0.8j, 0.5j]]))
    assert float(figures["state_rms/0"]) == pytest.approx(math.sqrt(0.625))
    assert float(figures["state_saturated/0"]) == 0.5


def test_gates_of_linear_cells(x64: None) -> None:
    """Values by name; a cell that has none is refused by name."""
    for make, names in ((min_lstm, "fi"), (rg_lru, "ri"), (cells.sru, "fr")):
        cell = make(H)
        params, xs = drawn(cell), inputs(3)
        found = gate_values(cell, params, trajectory(cell, params, xs))
        assert list(found) == list(names)
        for number, values in enumerate(found.values()):
            k = params["b"].size // H
            want = references.sigmoid(references.into(params, np.asarray(xs), number, k))
            np.testing.assert_allclose(values, want, rtol=1e-12)
    for make in (lru, diagonal_ssm):
        with pytest.raises(ValueError, match=f"cell: got {make.__name__}, which has no gates"):
            gate_saturation(make(H), {}, inputs(3))
