"""Attention against loops over rows, queries and steps, written from the equations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import close, quick, random_like

from seqjax.layers.attention import ATTENTIONS

pytestmark = pytest.mark.usefixtures("x64")
T, S, B, Q, D, A = 3, 5, 4, 4, 6, 3
LENGTHS = np.array([5, 3, 1, 0])


def score(name, params, query, value):
    if name == "additive":
        mixed = np.tanh(query @ params["w_q"] + value @ params["w_k"] + params["b"])
        return mixed @ params["v"]
    if name == "dot":
        return query @ (value @ params["w_k"])
    return (query @ params["w_q"]) @ (value @ params["w_k"]) / np.sqrt(A)


def by_hand(name, params, queries, values, lengths):
    contexts, weights = np.zeros((T, B, D)), np.zeros((T, S, B))
    for t in range(T):
        for b, length in enumerate(lengths):
            if not length:
                continue
            scores = [score(name, params, queries[t, b], values[s, b]) for s in range(length)]
            shares = np.exp(scores) / np.exp(scores).sum()
            for s in range(length):
                weights[t, s, b] = shares[s]
                contexts[t, b] += shares[s] * values[s, b]
    return contexts, weights


def problem(name):
    attention = ATTENTIONS[name](A)
    shapes = jax.eval_shape(lambda: attention.init(jax.random.key(0), Q, D))
    shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes)
    params = random_like(shapes, 1)
    queries, values = (
        random_like(jax.ShapeDtypeStruct(shape, np.float64), seed, 1.0)
        for seed, shape in ((2, (T, B, Q)), (3, (S, B, D)))
    )
    return attention, params, queries, values


@pytest.mark.parametrize("name", ATTENTIONS)
def test_values_and_gradients(name):
    """Padding is poisoned with NaN, and of it nothing enters, not even into gradients."""
    attention, params, queries, values = problem(name)
    real = (np.arange(S)[:, None] < LENGTHS)[..., None]
    out = random_like(jax.ShapeDtypeStruct((T, B, D), np.float64), 4, 1.0)

    def look(params, queries, values):
        memory = attention.remember(params, values, jnp.asarray(LENGTHS))
        return attention.attend(params, queries, memory)

    @quick
    def both(*args):
        found, pull = jax.vjp(look, *args)
        return found, pull((out, jnp.ones((T, S, B))))

    found, (dparams, dqueries, dvalues) = both(params, queries, jnp.where(real, values, jnp.nan))
    arrays = {k: np.asarray(v) for k, v in params.items()}
    want = by_hand(name, arrays, np.asarray(queries), np.asarray(values), LENGTHS)
    close(found, want)
    assert (np.asarray(dvalues)[~np.broadcast_to(real, values.shape)] == 0).all()

    def total(arrays, queries, values):
        return (by_hand(name, arrays, queries, values, LENGTHS)[0] * np.asarray(out)).sum()

    # The gradient in one direction against a difference of values.
    small, gradients = 1e-6, (dparams, dqueries, dvalues)
    args = (arrays, np.asarray(queries), np.asarray(values))
    way = jax.tree.map(np.asarray, random_like(args, 10, 1.0))
    ahead = total(*jax.tree.map(lambda a, w: a + small * w, args, way))
    behind = total(*jax.tree.map(lambda a, w: a - small * w, args, way))
    pairs = zip(jax.tree.leaves(gradients), jax.tree.leaves(way), strict=True)
    slope = sum(np.vdot(g, w) for g, w in pairs)
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * small), rtol=1e-7)


def test_without_lengths_everything_is_real():
    attention, params, queries, values = problem("dot")
    whole = attention.remember(params, values, None)
    close(whole, attention.remember(params, values, jnp.full(B, S)))
    weights = attention.attend(params, queries, whole)[1]
    np.testing.assert_allclose(weights.sum(1), np.ones((T, B)), rtol=1e-14)


def test_what_is_refused():
    attention, params, _, values = problem("additive")
    with pytest.raises(ValueError, match="width: got 0"):
        ATTENTIONS["scaled_dot"](0)
    with pytest.raises(ValueError, match="values: got width 5"):
        attention.remember(params, values[..., 1:], None)
    with pytest.raises(ValueError, match="lengths: got 6 in row 0"):
        attention.remember(params, values, jnp.full(B, S + 1))
