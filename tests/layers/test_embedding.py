"""Ids that are no words and positions that do not exist: NaN, and no gradient anywhere."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import quick

from seqjax.cells import rnn
from seqjax.layers import embedding, recurrent, tied
from seqjax.layers.positions import positions

V, E = 5, 3
WRONG = [-1, -V, V, 2**31 - 1]


@pytest.mark.parametrize("unseen", [0, 2])
def test_a_wrong_id_is_nan_and_teaches_nothing(unseen):
    layer = embedding(V, E, unseen=unseen)
    params = layer.init(jax.random.key(0), V)
    ids = np.array([[0, *WRONG, V - 1]], np.int32)

    def total(params, ids):
        _, xs = layer.apply(params, ids)
        return jnp.nansum(xs), xs

    gradient, xs = quick(jax.grad(total, has_aux=True))(params, ids)
    xs = np.asarray(xs)[0]
    assert np.isnan(xs[1:-1]).all()
    table = np.concatenate([params[name] for name in ("w", "unseen") if name in params])
    np.testing.assert_array_equal(xs[[0, -1]], table[[0, V - 1]])
    want = np.zeros((V - unseen, E))
    want[0] = 1
    if not unseen:
        want[V - 1] = 1
    np.testing.assert_array_equal(gradient["w"], want)
    for wrong in WRONG:
        with pytest.raises(ValueError, match=rf"xs: got id {wrong}, want ids in \[0, 5\)"):
            layer.apply(params, np.array([[wrong]], np.int32))


def test_tied_weights_step_from_no_last_word():
    layer = tied(embedding(V, E), recurrent(rnn(E)))
    params = layer.init(jax.random.key(0), V)
    step = quick(lambda ids: layer.step(params, layer.start(params, (3,)), ids)[1])
    logits = np.asarray(step(np.array([-1, V, 2], np.int32)))
    assert np.isnan(logits[:2]).all()
    assert np.isfinite(logits[2]).all()


def test_positions_that_do_not_exist():
    layer = positions(4)
    params = {"w": jnp.arange(8.0).reshape(4, 2)}
    xs = jnp.zeros((2, 3, 2))
    carry = jnp.array([-1, 3, 1])  # at -1 and 0, 3 and 4, 1 and 2

    def walk(params):
        end, ys = layer.apply(params, xs, carry=carry)
        return jnp.nansum(ys), (end, ys)

    gradient, (end, ys) = quick(jax.grad(walk, has_aux=True))(params)
    want = np.stack([np.full((3, 2), np.nan)] * 2)
    want[1, 0], want[0, 1], want[:, 2] = params["w"][0], params["w"][3], params["w"][1:3]
    np.testing.assert_array_equal(ys, want)
    np.testing.assert_array_equal(end, [1, 5, 3])
    np.testing.assert_array_equal(gradient["w"], np.ones((4, 2)))
    _, single = quick(layer.step)(params, jnp.array([-1, 4, 3]), xs[0])
    np.testing.assert_array_equal(single, [[np.nan] * 2, [np.nan] * 2, params["w"][3]])


def test_lengths_of_positions():
    layer = positions(4)
    params, xs = {"w": jnp.ones((4, 2))}, jnp.zeros((2, 3, 2))
    walk = quick(lambda lengths: layer.apply(params, xs, lengths))
    end, ys = walk(np.array([2, 0, 1]))
    assert end.tolist() == [2, 0, 1]
    assert np.asarray(ys)[..., 0].T.tolist() == [[1, 1], [0, 0], [1, 0]]
    assert walk(np.array([-1, 3, 1]))[0].tolist() == [0, 2, 1]
    with pytest.raises(ValueError, match="lengths: got 3 in row 1, want 0 to 2"):
        layer.apply(params, xs, np.array([2, 3, 0]))
