"""Parity with haiku: outputs at all steps and final states, weights going both ways."""

import functools

import jax
import numpy as np
import pytest

from seqjax.cells import gru, gru_reset_before, lstm, rnn
from seqjax.interop import haiku as interop

hk = pytest.importorskip("haiku")

D, H = 5, 4
CASES = {
    "VanillaRNN": (rnn(H, activation="relu"), hk.VanillaRNN),
    "VanillaRNN, one bias": (
        rnn(H, activation="relu"), functools.partial(hk.VanillaRNN, double_bias=False)
    ),
    "LSTM": (lstm(H), hk.LSTM),
    "GRU": (gru_reset_before(H), hk.GRU),
}  # fmt: skip
kinds = pytest.mark.parametrize("kind", CASES)


@functools.cache
def network(kind, **more):
    """(xs) -> (outputs, final state) of the core, transformed; compiled when it is applied."""

    def run(xs):
        core = CASES[kind][1](H, **more)
        return hk.dynamic_unroll(core, xs, core.initial_state(xs.shape[1]))

    transformed = hk.without_apply_rng(hk.transform(run))
    return transformed._replace(apply=jax.jit(transformed.apply))


def randomized(kind, xs, noise, **more):
    shapes = jax.eval_shape(network(kind, **more).init, jax.random.key(0), xs)
    return jax.tree.map(lambda leaf: noise(*leaf.shape), shapes)


@kinds
def test_theirs_to_ours(kind, noise, xs, build, same):
    cell, tree = CASES[kind][0], randomized(kind, xs, noise)
    carry, hs = build(cell).apply(interop.load(tree, cell), xs)
    same((hs, carry), network(kind).apply(tree, xs))


@pytest.mark.parametrize("kind", ["VanillaRNN", "LSTM", "GRU"])
def test_ours_to_theirs(kind, drawn, xs, build, same):
    layer = build(CASES[kind][0])
    params = drawn(layer)
    tree = interop.store(params, CASES[kind][0])
    shapes = jax.eval_shape(network(kind).init, jax.random.key(0), xs)
    assert jax.tree.structure(tree) == jax.tree.structure(shapes)
    carry, hs = layer.apply(params, xs)
    same((hs, carry), network(kind).apply(tree, xs))


@kinds
def test_core_of_another_name_among_others(kind, noise, xs, build, same):
    cell, tree = CASES[kind][0], randomized(kind, xs, noise, name="encoder")
    with pytest.raises(ValueError, match="tree: got modules"):
        interop.load(tree, cell)
    params = interop.load({**tree, "head": {"w": xs}}, cell, name="encoder")
    _, hs = build(cell).apply(params, xs)
    same(hs, network(kind, name="encoder").apply(tree, xs)[0])
    assert set(interop.store(params, cell, name="encoder")) >= set(tree)


ERRORS = {
    "no such cell": ("GRU", gru(H), "cell: got gru, but haiku has only rnn, lstm"),
    "tanh": ("VanillaRNN", rnn(H), "cell: got an rnn with tanh, but haiku's VanillaRNN has relu"),
    "another kind": ("GRU", lstm(H), "want 'lstm/linear'"),
    "width": ("GRU", gru_reset_before(H + 1), "weights: got input kernel"),
    "heads": ("LSTM", lstm(H, heads=2), r"wants \[2, 2, 8\]"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_load_refuses(case, noise, xs):
    kind, cell, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        interop.load(randomized(kind, xs, noise), cell)


def test_load_refuses_missing_keys():
    with pytest.raises(ValueError, match=r"tree: got 'gru' without \['b'\]"):
        interop.load({"gru": {"w_i": np.ones(1), "w_h": np.ones(1)}}, gru_reset_before(H))
