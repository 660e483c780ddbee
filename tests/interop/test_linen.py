"""Parity with flax.linen: outputs at all steps and final states, weights going both ways."""

from functools import cache, partial

import flax.linen as nn
import jax
import numpy as np
import pytest
from states import swap_carry

from seqjax.cells import gru, gru_reset_before, lstm, rnn
from seqjax.interop import gates, linen

D, H = 5, 4
CASES = {
    "SimpleCell": (rnn, {}, nn.SimpleCell, {}),
    "SimpleCell relu": (
        rnn, {"activation": "relu"}, nn.SimpleCell, {"activation_fn": nn.relu}
    ),
    "LSTMCell": (lstm, {}, nn.LSTMCell, {}),
    "OptimizedLSTMCell": (lstm, {}, nn.OptimizedLSTMCell, {}),
    "GRUCell": (gru, {}, nn.GRUCell, {}),
}  # fmt: skip
kinds = pytest.mark.parametrize("kind", CASES)
# Every kind as one layer, and two kinds in every form.
cases = pytest.mark.parametrize(
    ("kind", "widths", "both"),
    [(kind, (4,), False) for kind in CASES]
    + [
        (kind, *form) for kind in ("LSTMCell", "GRUCell") for form in [((4,), True), ((4, 3), True)]
    ],
)


@cache
def cells(kind, widths=(H,)):
    make, options, _, _ = CASES[kind]
    return [make(width, **options) for width in widths]


@cache
def modules(kind, widths=(H,), both=False):
    _, _, make, options = CASES[kind]

    def one(width):
        return nn.RNN(make(width, **options), time_major=True, return_carry=True)

    more = {"time_major": True, "return_carry": True}
    return [nn.Bidirectional(one(w), one(w), **more) if both else one(w) for w in widths]


def drawn_by(modules, xs, noise):
    """Random weights, one tree a module."""
    trees, key = [], jax.random.key(0)
    for module in modules:
        (_, xs), variables = jax.eval_shape(module.init_with_output, key, xs)
        trees.append(jax.tree.map(lambda leaf: noise(*leaf.shape), variables["params"]))
    return trees


@partial(jax.jit, static_argnums=0)
def walk(module, tree, xs, lengths):
    """(final states, outputs) of a module."""
    return module.apply({"params": tree}, xs, seq_lengths=lengths)


def theirs(kind, modules, trees, xs, both, lengths=None):
    """(outputs, final states in our order, layer by layer and forward before backward)."""
    row, states = gates.convention("linen", cells(kind)[0].name), []
    for module, tree in zip(modules, trees, strict=True):
        carry, xs = walk(module, tree, xs, lengths)
        states += [swap_carry(row, one) for one in (carry if both else (carry,))]
    return xs, states


@cases
def test_theirs_to_ours(kind, widths, both, noise, xs, build, states, same):
    reference = modules(kind, widths, both)
    trees = drawn_by(reference, xs, noise)
    params = linen.load(trees if len(widths) > 1 else trees[0], cells(kind, widths))
    carry, hs = build(cells(kind, widths), both=both).apply(params, xs)
    same((hs, states(carry, len(widths), both)), theirs(kind, reference, trees, xs, both))


@cases
def test_ours_to_theirs(kind, widths, both, drawn, xs, build, states, same):
    layer = build(cells(kind, widths), both=both)
    params = drawn(layer)
    trees = linen.store(params, cells(kind, widths))
    trees = trees if len(widths) > 1 else [trees]
    carry, hs = layer.apply(params, xs)
    reference = theirs(kind, modules(kind, widths, both), trees, xs, both)
    same((hs, states(carry, len(widths), both)), reference)


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell"])
def test_ragged_sequences(kind, noise, xs, build, states, same):
    reference, lengths = modules(kind, both=True), np.array([4, 7, 1])
    trees = drawn_by(reference, xs, noise)
    carry, hs = build(cells(kind), both=True).apply(linen.load(trees, cells(kind)), xs, lengths)
    outputs, last = theirs(kind, reference, trees, xs, True, lengths)
    real = np.arange(len(xs))[:, None, None] < lengths[:, None]
    # Linen leaves what it computed in the padding.
    same((hs, states(carry, both=True)), (np.where(real, outputs, 0), last))


@pytest.mark.parametrize("kind", ["SimpleCell", "LSTMCell", "GRUCell"])
def test_bare_cell(kind, noise, xs, build, same):
    """The dict of a cell alone, as it stands in a compact module."""
    (tree,) = drawn_by(modules(kind), xs, noise)
    (cell,) = cells(kind)
    _, hs = build(cell).apply(linen.load(tree["cell"], cell), xs)
    same(hs, theirs(kind, modules(kind), [tree], xs, False)[0])


def test_load_under_jit_and_grad(noise, xs, build, same):
    """Plain functions of arrays: gradients go through the change of layout."""
    (tree,) = drawn_by(modules("GRUCell"), xs, noise)
    layer = build(gru(H))

    def ours(tree):
        return layer.apply(linen.load(tree, gru(H)), xs)[1].sum()

    def reference(tree):
        return walk(modules("GRUCell")[0], tree, xs, None)[1].sum()

    got, want = jax.jit(jax.grad(ours))(tree), jax.jit(jax.grad(reference))(tree)
    assert jax.tree.structure(got) == jax.tree.structure(want)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


ERRORS = {
    "another kind": ("GRUCell", lstm(H), "linen's lstm: got keys missing"),
    "no such cell": ("GRUCell", gru_reset_before(H), "cell: got gru_reset_before, but linen has"),
    "width": ("LSTMCell", lstm(H + 1), "weights: got input kernel"),
    "projection": ("LSTMCell", lstm(H, projection=3), "weights: got recurrent kernel"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_load_refuses(case, noise, xs):
    kind, cell, message = ERRORS[case]
    (tree,) = drawn_by(modules(kind), xs, noise)
    with pytest.raises(ValueError, match=message):
        linen.load(tree, cell)


def test_load_refuses_wrong_keys(noise, xs):
    (tree,) = drawn_by(modules("GRUCell", both=True), xs, noise)
    with pytest.raises(ValueError, match="want what it holds"):
        linen.load({"params": tree}, gru(H))
    with pytest.raises(ValueError, match=r"missing \['backward_rnn'\]"):
        linen.load({"forward_rnn": tree["forward_rnn"]}, gru(H))
    cell = dict(tree["forward_rnn"]["cell"], hn={"kernel": np.zeros((H, H))})
    with pytest.raises(ValueError, match=r"'hn'.*missing \['bias'\]"):
        linen.load(cell, gru(H))
    with pytest.raises(ValueError, match="inputs of width 5 in layer 1, want 8"):
        linen.load([tree, tree], gru(H))
