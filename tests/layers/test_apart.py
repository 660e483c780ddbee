"""What single layers do: equations, noise, tied weights, and the errors they raise."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import in_numpy, quick

from seqjax.cells import gru, gru_reset_before, lstm
from seqjax.layers import bidirectional, dense, dropout, embedding, recurrent, residual, stack, tied

KEY = jax.random.key(0)
XS = np.random.default_rng(0).normal(size=(5, 2, 4)).astype(np.float32)


def test_bidirectional_puts_the_directions_side_by_side() -> None:
    """Each half equals the layer alone; the backward one walks the flipped real part of a row."""
    there, back = recurrent(lstm(3)), recurrent(lstm(2), reverse=True)
    both = bidirectional(there, back)
    params, lengths = quick(lambda key: both.init(key, 4))(KEY), np.array([5, 3])
    (_, last), hs = in_numpy(quick(both.apply)(params, XS, lengths))
    ahead = quick(there.apply)(params["forward"], XS, lengths)[1]
    np.testing.assert_array_equal(hs[..., :3], ahead)
    alone = quick(recurrent(lstm(2)).apply)
    for b, n in enumerate(lengths):
        flipped = XS[:n, b : b + 1][::-1]
        carry, out = in_numpy(alone(params["backward"], flipped))
        np.testing.assert_allclose(hs[:n, b, 3:], out[::-1, 0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(last[0][b], carry[0][0], rtol=1e-6, atol=1e-6)


def test_dense_and_residual_are_their_equations() -> None:
    params = {"w": np.full((4, 4), 0.5, np.float32), "b": np.arange(4, dtype=np.float32)}
    want = XS.astype(np.float64) @ params["w"] + params["b"]
    np.testing.assert_allclose(dense(4).apply(params, XS)[1], want, rtol=1e-6, atol=1e-6)
    got = residual(dense(4)).apply(params, XS)[1]
    np.testing.assert_allclose(got, want + XS, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("locked", [False, True])
def test_dropout_keeps_the_mean_and_locks_the_mask(locked: bool) -> None:
    ones = jnp.ones((50, 40, 30))
    hs = np.asarray(dropout(0.4, locked=locked).apply({}, ones, key=KEY)[1])
    np.testing.assert_allclose(np.unique(hs), [0, 1 / 0.6], rtol=1e-6)
    draws = hs[0].size if locked else hs.size
    assert abs((hs == 0).mean() - 0.4) < 4 * (0.24 / draws) ** 0.5
    assert (hs == hs[:1]).all() == locked


def test_embedding_is_the_product_with_one_hot_vectors() -> None:
    layer = embedding(7, 3)
    params = layer.init(KEY, 7)
    ids = np.array([[0, 6], [3, 3]])
    got = layer.apply(params, ids)[1]
    np.testing.assert_array_equal(got, np.eye(7, dtype=np.float32)[ids] @ params["w"])


def test_rows_that_are_unseen_are_looked_up_and_get_no_gradient() -> None:
    layer = embedding(7, 3, unseen=2)
    params = in_numpy(quick(lambda key: layer.init(key, 7))(KEY))
    whole = {"w": np.concatenate([params["w"], params["unseen"]])}
    ids = np.array([[0, 6, 4], [3, 5, 5]])
    assert [params[name].shape for name in ("w", "unseen")] == [(5, 3), (2, 3)]
    assert not np.array_equal(params["w"][:2], params["unseen"])
    np.testing.assert_array_equal(layer.apply(params, ids)[1], embedding(7, 3).apply(whole, ids)[1])
    looked = jax.jit(lambda params, ids: layer.apply(params, ids)[1])
    assert jnp.isnan(looked(params, jnp.array([[7, 4]]))[0, 0]).all()
    gradients = jax.grad(lambda params: looked(params, ids).sum())(params)
    np.testing.assert_array_equal(gradients["w"][:, 0], [1, 0, 0, 1, 1])
    assert not gradients["unseen"].any()


def test_embedding_begins_with_the_stated_width() -> None:
    w = np.asarray(embedding(400, 100).init(KEY, 400)["w"])
    assert abs(w.std() - 0.1) < 0.002 and np.abs(w).max() <= 0.03**0.5
    assert np.abs(embedding(400, 100, scale=0.1).init(KEY, 400)["w"]).max() <= 0.1


def test_an_id_out_of_the_vocabulary_gives_nan_where_it_cannot_raise() -> None:
    layer = embedding(7, 3)
    params = layer.init(KEY, 7)
    hs = jax.jit(layer.apply)(params, np.array([[1, 7]]))[1]
    assert np.isnan(hs[0, 1]).all() and not np.isnan(hs[0, 0]).any()


def test_tied_weights_get_the_gradient_of_both_uses() -> None:
    layer = tied(embedding(7, 3), recurrent(gru(3)))
    params, ids = quick(lambda key: layer.init(key, 7))(KEY), np.array([[1], [2]])

    def loss(inside: jax.Array, outside: jax.Array) -> jax.Array:
        hs = recurrent(gru(3)).apply(params["body"], inside[ids])[1]
        return jnp.sum(jnp.sin(hs @ outside.T + params["b"]))

    def whole(w: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(layer.apply({**params, "embed": {"w": w}}, ids)[1]))

    w = params["embed"]["w"]
    both = quick(lambda w: (jax.grad(whole)(w), jax.grad(loss, argnums=(0, 1))(w, w)))
    together, (inside, outside) = in_numpy(both(w))
    np.testing.assert_allclose(together, inside + outside, rtol=1e-5, atol=1e-6)


def wrong_reset_of_stack() -> None:
    layer = stack([recurrent(lstm(3)), recurrent(gru(3))])
    layer.apply(layer.init(KEY, 4), XS, None, layer.start(layer.init(KEY, 4), (2,))[:1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recurrent(lstm(3), "hoistd"), "driver: got 'hoistd'.*did you mean 'hoisted'"),
        (lambda: recurrent(gru_reset_before(3), "hoisted"), "gru_reset_before.*sequential"),
        (lambda: stack([]), "layers: got none"),
        (wrong_reset_of_stack, "carry: got tuple of 1, want a tuple of 2"),
        (lambda: residual(recurrent(lstm(3))).init(KEY, 4), "d: got 4, want 3"),
        (lambda: dropout(1.0), r"rate: got 1.0, want a rate in \[0, 1\)"),
        (lambda: dense(0), "features: got 0"),
        (lambda: dense(2).apply({"w": np.ones((3, 2))}, XS), "xs: got width 4.*want 3"),
        (lambda: embedding(7, 3).init(KEY, 8), "d: got 8, want 7"),
        (lambda: embedding(7, 3).apply({"w": np.ones((7, 3))}, np.array([[9]])), "id 9.*7"),
        (lambda: embedding(7, 3).apply({"w": np.ones((7, 3))}, np.ones((2, 1))), "integer ids"),
        (lambda: tied(embedding(7, 3), recurrent(lstm(4))).init(KEY, 7), "body.*width 4, want 3"),
        (lambda: tied(embedding(7, 3, unseen=1), dense(3)).init(KEY, 7), "embed: got rows that"),
        (lambda: embedding(7, 3, unseen=7), "unseen: got 7, want 0 or more, below 7"),
        (lambda: bidirectional(recurrent(lstm(3)), recurrent(lstm(3))), "backward.*reverse=True"),
        (
            lambda: bidirectional(recurrent(lstm(3), reverse=True), recurrent(lstm(3))),
            "forward.*needs the future",
        ),
        (
            lambda: bidirectional(
                recurrent(lstm(3)), recurrent(lstm(2), reverse=True), merge="sum"
            ).init(KEY, 4),
            "merge.*3 and 2",
        ),
        (
            lambda: bidirectional(
                recurrent(lstm(3)), recurrent(lstm(3), reverse=True), merge="add"
            ),
            "merge: got 'add', want one of concatenate, sum",
        ),
    ],
)
def test_a_contradiction_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
