"""SnAp-1 and e-prop against loops by hand, UORO against its mean, all against the gradient."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from online_problems import B, D, H, by_hand, cosine, flat, loss, online, problem
from walking import close, quick, random_like

from seqjax.cells import gru, lstm, min_gru, rnn
from seqjax.online import eprop, rtrl, snap1, uoro

pytestmark = pytest.mark.usefixtures("x64")


def lstm_jacobians(params):
    """Of one row: (s', D, ∂f/∂θ, ∂L/∂s'); θ is b, w_h and w_x, s is h and c."""
    theta, whole = jax.flatten_util.ravel_pytree(params)

    def step(theta, s, x):
        p = whole(theta)
        i, f, g, o = jnp.split(x @ p["w_x"] + s[:H] @ p["w_h"] + p["b"], 4)
        c = jax.nn.sigmoid(f) * s[H:] + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jnp.concatenate([jax.nn.sigmoid(o) * jnp.tanh(c), c])

    def of(s, x, target):
        by_theta, by_s = jax.jacfwd(step, (0, 1))(theta, s, x)
        after = step(theta, s, x)
        ds = jax.grad(lambda s: loss(s[None, :H], target[None]).sum())(after)
        return after, by_s, by_theta, ds

    return quick(of)


def own_rows():
    """bool [2H, P]: the gates of unit u reach h_u, and all but the output gate c_u."""
    column = np.concatenate([np.arange(4 * H), *[np.arange(4 * H)] * H, *[np.arange(4 * H)] * D])
    h = column % H == np.arange(H)[:, None]
    return np.concatenate([h, h & (column // H != 3)])


def cut(d):
    """Of D what does not pass through w_h, by the equations: c' = f c + ..., h' = o tanh(c')."""
    kept = np.zeros_like(d)
    kept[H:, H:] = np.diag(np.diag(d[H:, H:]))  # f, as h alone is multiplied by w_h
    kept[:H, H:] = np.diag(np.diag(d[:H, H:]))
    return kept


def test_snap1_and_eprop_are_their_equations():
    cell = lstm(H)
    given = problem(cell)
    jacobians = lstm_jacobians(given.params)
    found = online(snap1, cell, given)
    close(flat(found.gradient), by_hand(jacobians, given, own_rows(), 2 * H))
    assert sum(leaf[0].size for leaf in found.state.influence) == own_rows().sum()

    def local(*args):
        after, d, immediate, ds = jacobians(*args)
        return after, cut(np.asarray(d)), immediate, ds

    found = online(eprop, cell, given)
    close(flat(found.gradient), by_hand(local, given, 1.0, 2 * H))
    close(flat(online(rtrl, cell, given).gradient), by_hand(jacobians, given, 1.0, 2 * H))


def test_where_units_do_not_see_each_other_they_are_exact():
    cell = min_gru(H, learn_start=True)
    given = problem(cell)
    exact = online(rtrl, cell, given)
    for method in (snap1, eprop):
        found = online(method, cell, given)
        close(found.gradient, exact.gradient)
        close(found.state, exact.state)


def test_the_mean_of_uoro_is_the_gradient():
    """Over 4,000 keys, within the standard error of the mean that chance allows."""
    cell, keys = rnn(3, learn_start=True), 4_000
    given = problem(cell, steps=6)

    def walk(key):
        params, xs, targets, lengths, resets = given
        own = uoro(cell, params, xs, loss, targets, lengths, resets=resets, key=key)
        return jax.flatten_util.ravel_pytree(own.gradient)[0]

    seeds = jax.random.split(jax.random.key(3, impl="unsafe_rbg"), keys)
    found = np.asarray(quick(jax.vmap(walk))(seeds))
    error = found.std(0) / np.sqrt(keys)
    exact = flat(online(rtrl, cell, given).gradient)
    off = np.abs(found.mean(0) - exact) / error
    assert (error > 0).all()
    assert off.max() < 4  # of 24 numbers
    assert np.abs(exact).max() > 20 * error.max()  # it would be seen if it were not the gradient


def test_angles_to_the_gradient():
    """A little below the cosines that were measured on this problem: 0.953 and 0.941."""
    cell = gru(8)
    params = quick(lambda key: cell.init(key, D))(jax.random.key(0))
    xs = random_like(jax.ShapeDtypeStruct((20, B, D), float), 1, 1.0)
    ys = random_like(jax.ShapeDtypeStruct((20, B, 8), float), 2, 1.0)

    @quick
    def walk(params):
        squares = lambda y, t: ((y - t) ** 2).sum(-1)  # noqa: E731
        return [m(cell, params, xs, squares, ys).gradient for m in (rtrl, snap1, eprop)]

    exact, first, second = walk(params)
    assert 0.94 < cosine(first, exact) < 0.99
    assert 0.93 < cosine(second, exact) < cosine(first, exact)
