"""Step Jacobians and their products, against formulas and NumPy in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from instruments import made, run

from seqjax.basics.cell import advance
from seqjax.cells import CELLS, clip_backward, layer_norm, lstm, residual, rnn, zoneout
from seqjax.diagnostics import (
    flat_state,
    product_singular_values,
    singular_values,
    state_flow,
    step_jacobians,
    trajectory,
)

pytestmark = pytest.mark.usefixtures("x64")
T, B, D, H = 5, 3, 2, 4
LENGTHS = np.array([5, 3, 0])
WRAPPED = {
    "zoneout(lstm)": zoneout(lstm(H), hidden=0.2, memory=0.3),
    "layer_norm(lstm)": layer_norm(lstm(H)),
    "residual(rnn)": residual(rnn(D)),
    "lstm with projection": lstm(H, projection=2),
}


XS = np.random.default_rng(1).normal(size=(T, B, D))


def test_of_a_plain_rnn_they_are_what_the_formula_says():
    cell = rnn(H)
    params = made(cell, D)
    w_x, w_h, b = (params[name] for name in ("w_x", "w_h", "b"))
    h, wanted = np.zeros((B, H)), np.zeros((T, B, H, H))
    for t in range(T):
        h = np.tanh(XS[t] @ w_x + h @ w_h + b)
        for row in range(B):
            wanted[t, row] = np.diag(1 - h[row] ** 2) @ w_h.T
    found = run(lambda params: step_jacobians(cell, params, XS), params)
    np.testing.assert_allclose(found, wanted, atol=1e-13)


@pytest.mark.parametrize("cell", [*(make(H) for make in CELLS.values()), *WRAPPED.values()])
def test_of_any_cell_they_are_those_of_its_step(cell):
    """``jax.jacfwd`` of the step of one row, along a walk by ``step`` itself."""
    params = made(cell, D)
    flat = flat_state(cell, params)

    def step(s, x):
        z = cell.project(params, x[None])
        return flat.ravel(advance(cell, params, flat.unravel(s[None]), z))[0]

    def both(params):
        walk = trajectory(cell, params, XS, LENGTHS)
        exact = jax.vmap(jax.vmap(jax.jacfwd(step)))(walk.before, jnp.asarray(XS))
        return step_jacobians(cell, params, XS, LENGTHS), exact

    found, exact = run(both, params)
    real = np.arange(T)[:, None] < LENGTHS
    wanted = np.where(real[..., None, None], exact, np.eye(flat.size))
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_of_a_cell_that_clips_gradients_they_are_those_of_its_values():
    params = made(rnn(H), D)
    of = [clip_backward(rnn(H), 1e-3), rnn(H)]
    clipped, plain = run(lambda p: [step_jacobians(cell, p, XS) for cell in of], params)
    np.testing.assert_allclose(clipped, plain, rtol=1e-12)


def test_states_are_those_of_the_driver():
    from seqjax.drivers import sequential

    cell = lstm(H)
    params = made(cell, D)
    walk, wanted = run(
        lambda p: (
            trajectory(cell, p, XS, LENGTHS),
            sequential(cell, p, XS, LENGTHS, states=True),
        ),
        params,
    )
    np.testing.assert_allclose(walk.hs, wanted.hs, atol=1e-14)
    np.testing.assert_allclose(walk.after, np.concatenate(wanted.states, -1), atol=1e-14)
    np.testing.assert_array_equal(walk.before[1:], walk.after[:-1])


def test_products_by_distance_from_each_rows_end():
    cell = lstm(2)
    params = made(cell, D)

    def all_of(params):
        jacobians = step_jacobians(cell, params, XS, LENGTHS)
        products = [product_singular_values(jacobians, LENGTHS, d) for d in ([], [3, 1])]
        return jacobians, *products, state_flow(cell, params, XS, LENGTHS)

    jacobians, found, some, norms = run(all_of, params)
    np.testing.assert_array_equal(some, found[[3, 1]])
    found, norms = np.exp(found), np.exp(norms)
    for row, length in enumerate(LENGTHS):
        product = np.eye(4)
        for k in range(T + 1):
            if k > length:
                assert np.isnan(found[k, row]).all() and np.isnan(norms[k, row])
                continue
            if k:
                product = product @ jacobians[length - k, row]
            wanted = np.linalg.svd(product, compute_uv=False)
            np.testing.assert_allclose(found[k, row], wanted, rtol=1e-8, atol=1e-12)
            np.testing.assert_allclose(norms[k, row], np.sqrt((wanted**2).mean()), rtol=1e-10)


def test_long_products_stay_numbers():
    """Beyond the least float64: |J| = 1e-4 a step, 100 steps."""
    jacobians = jnp.broadcast_to(1e-4 * jnp.eye(2), (100, 1, 2, 2))
    last = run(lambda j: product_singular_values(j, distances=[100]), jacobians)
    np.testing.assert_allclose(last[0, 0], 100 * np.log(1e-4), rtol=1e-12)


def test_singular_values_are_ordered():
    found = run(singular_values, np.diag([1.0, 3.0]))
    np.testing.assert_allclose(found, [3.0, 1.0])


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"distances: got \[9\], want numbers between 0 and 4"):
        product_singular_values(jnp.zeros((4, 1, 2, 2)), distances=[9])
    with pytest.raises(ValueError, match=r"jacobians: got shape \(4, 2, 2\)"):
        product_singular_values(jnp.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match="nudges: got shape"):
        trajectory(rnn(H), made(rnn(H), D), XS, nudges=jnp.zeros((T, B, 1)))
