"""Parity with equinox: outputs at all steps and final states, weights going both ways."""

import jax
import pytest

from seqjax.cells import gru, lstm, rnn
from seqjax.interop import equinox as interop

eqx = pytest.importorskip("equinox")

D, H = 5, 4
CASES = {"LSTMCell": (lstm(H), eqx.nn.LSTMCell), "GRUCell": (gru(H), eqx.nn.GRUCell)}
kinds = pytest.mark.parametrize("kind", CASES)


def module(kind, noise, **more):
    """A cell of equinox whose weights are arrays of NumPy."""
    shapes = eqx.filter_eval_shape(CASES[kind][1], D, H, key=jax.random.key(0), **more)
    return jax.tree.map(lambda leaf: noise(*leaf.shape), shapes)


@jax.jit
def theirs(module, xs, start):
    """(final state, outputs): equinox has single steps of single rows alone."""

    def step(carry, x):
        carry = jax.vmap(module)(x, carry)
        return carry, carry[0] if isinstance(carry, tuple) else carry

    return jax.lax.scan(step, start, xs)


@kinds
@pytest.mark.parametrize("bias", [True, False])
def test_theirs_to_ours(kind, bias, noise, xs, build, same):
    cell, reference = CASES[kind][0], module(kind, noise, use_bias=bias)
    params = interop.load(reference, cell)
    start = jax.tree.map(lambda state: noise(*state.shape), cell.start(params, (xs.shape[1],)))
    same(build(cell).apply(params, xs, None, start), theirs(reference, xs, start))


@kinds
def test_ours_to_theirs(kind, noise, drawn, xs, build, same):
    cell = CASES[kind][0]
    params = drawn(build(cell))
    reference = interop.store(params, cell)
    assert jax.tree.structure(reference) == jax.tree.structure(module(kind, noise))
    start = jax.tree.map(lambda state: noise(*state.shape), cell.start(params, (xs.shape[1],)))
    same(build(cell).apply(params, xs, None, start), theirs(reference, xs, start))


ERRORS = {
    "no such cell": ("GRUCell", rnn(H), "cell: got rnn, but equinox has only lstm, gru"),
    "another kind": ("GRUCell", lstm(H), "cell: got lstm for an equinox GRUCell"),
    "width": ("LSTMCell", lstm(H + 1), "weights: got input kernel"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_load_refuses(case, noise):
    kind, cell, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        interop.load(module(kind, noise), cell)


def test_store_refuses_what_equinox_does_not_have(build, drawn):
    cell = lstm(H, projection=3)
    with pytest.raises(ValueError, match="params: got w_p, but equinox"):
        interop.store(drawn(build(cell)), cell)
