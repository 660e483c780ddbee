"""Parity with flax.nnx: outputs at all steps and final states, weights going both ways."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from states import swap_carry

from seqjax.cells import gru, lstm, rnn
from seqjax.interop import gates
from seqjax.interop import nnx as interop

D, H = 5, 4
# nnx.GRUCell has no bias inside the reset, so ours is zero here; see the tests that refuse others.
CASES = {
    "SimpleCell": (rnn(H), nnx.SimpleCell, {}, {}),
    "SimpleCell relu": (
        rnn(H, activation="relu"), nnx.SimpleCell, {"activation_fn": nnx.relu}, {}
    ),
    "LSTMCell": (lstm(H), nnx.LSTMCell, {}, {}),
    "OptimizedLSTMCell": (lstm(H), nnx.OptimizedLSTMCell, {}, {"optimized": True}),
    "GRUCell": (gru(H), nnx.GRUCell, {}, {}),
}  # fmt: skip
# Every kind as one layer, and one kind in every form.
cases = pytest.mark.parametrize(
    ("kind", "layers", "both"),
    [(kind, 1, False) for kind in CASES] + [("LSTMCell", 1, True), ("LSTMCell", 2, True)],
)


@cache
def modules(kind, layers=1, both=False):
    """Built layers; each test sets their weights."""
    _, make, options, _ = CASES[kind]

    def one(d):
        cell = make(d, H, **options, rngs=nnx.Rngs(0))
        return nnx.RNN(cell, time_major=True, return_carry=True)

    built = []
    for i in range(layers):
        d = D if i == 0 else H * (1 + both)
        more = {"time_major": True, "return_carry": True}
        built.append(nnx.Bidirectional(one(d), one(d), **more) if both else one(d))
    return built


def weights(module):
    return nnx.to_pure_dict(nnx.state(module, nnx.Param))


def randomize(modules, noise):
    for module in modules:
        nnx.update(
            module, jax.tree.map(lambda leaf: jnp.array(noise(*leaf.shape)), weights(module))
        )


walk = nnx.jit(lambda module, xs: module(xs))


def theirs(kind, modules, xs, both):
    """(outputs, final states in our order, layer by layer and forward before backward)."""
    row, states = gates.convention("nnx", CASES[kind][0].name), []
    for module in modules:
        carry, xs = walk(module, xs)
        states += [swap_carry(row, one) for one in (carry if both else (carry,))]
    return xs, states


@cases
def test_theirs_to_ours(kind, layers, both, noise, xs, build, states, same):
    cell, reference = CASES[kind][0], modules(kind, layers, both)
    randomize(reference, noise)
    trees = [weights(module) for module in reference]
    params = interop.load(trees if layers > 1 else trees[0], cell)
    carry, hs = build(cell, layers, both).apply(params, xs)
    same((hs, states(carry, layers, both)), theirs(kind, reference, jnp.array(xs), both))


@cases
def test_ours_to_theirs(kind, layers, both, drawn, xs, build, states, same):
    cell, _, _, options = CASES[kind]
    layer, reference = build(cell, layers, both), modules(kind, layers, both)
    params = jax.tree_util.tree_map_with_path(
        lambda path, leaf: 0 * leaf if path[-1].key == "b_n" else leaf, drawn(layer)
    )
    trees = interop.store(params, cell, **options)
    for module, tree in zip(reference, trees if layers > 1 else [trees], strict=True):
        assert jax.tree.map(jnp.shape, tree) == jax.tree.map(jnp.shape, weights(module))
        nnx.update(module, tree)
    carry, hs = layer.apply(params, xs)
    same((hs, states(carry, layers, both)), theirs(kind, reference, jnp.array(xs), both))


def test_gru_with_a_bias_inside_the_reset_is_refused(build, drawn):
    params = drawn(build(gru(H)))
    with pytest.raises(ValueError, match="params: got b_n that is not zero, but the gru of nnx"):
        interop.store(params, gru(H))


def test_load_refuses(noise):
    fused, plain = weights(modules("OptimizedLSTMCell")[0]), weights(modules("LSTMCell")[0])
    with pytest.raises(ValueError, match="weights of nnx's gru: got keys missing"):
        interop.load(plain, gru(H))
    with pytest.raises(ValueError, match=r"weights of 'dense_i': got keys missing \['bias'\]"):
        interop.load(fused, gru(H))
    with pytest.raises(ValueError, match="weights: got input kernel"):
        interop.load(fused, lstm(H + 1))
    del fused["cell"]["dense_h"]["bias"]
    with pytest.raises(ValueError, match=r"weights of 'dense_h': got keys missing \['bias'\]"):
        interop.load(fused, lstm(H))


def test_both_lstm_layouts_hold_the_same(noise, build, drawn):
    params = drawn(build(lstm(H)))
    for optimized in (False, True):
        loaded = interop.load(interop.store(params, lstm(H), optimized=optimized), lstm(H))
        for name, leaf in params.items():
            np.testing.assert_array_equal(loaded[name], leaf)
