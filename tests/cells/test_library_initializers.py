"""Initial values named after a library are drawn as that library draws them, block by block.

Each row builds the library's own cell, freshly initialised; ``interop`` says which of its numbers
is which of ours.
"""

from __future__ import annotations

import os
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from covering import covering, marked

from seqjax import interop
from seqjax.cells import CELLS, gru, gru_reset_before, gru_simple, lstm, peephole_lstm, rnn, uniform

D, H, P = 40, 96, 24  # unequal, so that no fan is taken for another
relu = {"activation": "relu"}
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def torch_cell(cell, seed, kind, **options):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    return interop.torch.load(getattr(torch.nn, kind)(D, H, **options), cell)


def keras_cell(cell, seed, kind, **options):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(seed)
    layer = getattr(keras.layers, kind)(H, **options)
    layer.build((None, None, D))
    return interop.keras.load(layer.get_weights(), cell)


def linen_cell(cell, seed, kind):
    nn = pytest.importorskip("flax.linen")
    xs = jnp.zeros((1, 1, D))
    module = nn.RNN(getattr(nn, kind)(H))
    return interop.linen.load(jax.jit(module.init)(jax.random.key(seed), xs)["params"], cell)


def nnx_cell(cell, seed, kind):
    nnx = pytest.importorskip("flax.nnx")
    module = nnx.RNN(getattr(nnx, kind)(D, H, rngs=nnx.Rngs(seed)))
    return interop.nnx.load(nnx.to_pure_dict(nnx.state(module, nnx.Param)), cell)


def haiku_cell(cell, seed, kind):
    hk = pytest.importorskip("haiku")

    def walk(x):
        core = getattr(hk, kind)(H)
        return core(x, core.initial_state(1))

    tree = jax.jit(hk.transform(walk).init)(jax.random.key(seed), jnp.zeros((1, D)))
    return interop.haiku.load(tree, cell)


def equinox_cell(cell, seed, kind):
    nn = pytest.importorskip("equinox.nn")
    return interop.equinox.load(getattr(nn, kind)(D, H, key=jax.random.key(seed)), cell)


# name in INITIALIZERS: (the library's own cell, as our parameters; rows of our cell and its kind)
LIBRARIES = {
    "torch": (torch_cell, [
        (rnn, {}, "RNN", {}),
        (rnn, relu, "RNN", {"nonlinearity": "relu"}),
        (lstm, {}, "LSTM", {}),
        (lstm, {"projection": P}, "LSTM", {"proj_size": P}),
        (gru, {}, "GRU", {}),
    ]),
    "keras": (keras_cell, [
        (rnn, {}, "SimpleRNN", {}),
        (lstm, {}, "LSTM", {}),
        (gru, {}, "GRU", {}),
        (gru_reset_before, {}, "GRU", {"reset_after": False}),
    ]),
    "flax": (linen_cell, [
        (rnn, {}, "SimpleCell", {}),
        (lstm, {}, "LSTMCell", {}),
        (lstm, {}, "OptimizedLSTMCell", {}),
        (gru, {}, "GRUCell", {}),
    ]),
    "nnx": (nnx_cell, [
        (rnn, {}, "SimpleCell", {}),
        (lstm, {}, "OptimizedLSTMCell", {}),
        (gru, {}, "GRUCell", {}),
    ]),
    "haiku": (haiku_cell, [
        (rnn, relu, "VanillaRNN", {}),
        (lstm, {}, "LSTM", {}),
        (gru_reset_before, {}, "GRU", {}),
    ]),
    "equinox": (equinox_cell, [
        (lstm, {}, "LSTMCell", {}),
        (gru, {}, "GRUCell", {}),
    ]),
}  # fmt: skip
ROWS = [(name, *row) for name, (_, rows) in LIBRARIES.items() for row in rows]
# A library draws the weights of a cell by its kind: not by its activation, nor in another order.
KEPT = covering(
    ROWS, lambda name, make, options, *_: {(name, make), (name, "projection" in options)}
)


@cache
def ours(make, name, seed=9, **options):
    params = make(H, init=name, **options).init(jax.random.key(seed), D)
    return jax.tree.map(np.asarray, params)


def same_distribution(got, want, where):
    """Deviation, mean, quantiles and, of a matrix, its singular values: all 1 if orthogonal."""
    close = 0.05 if got.ndim == 2 else 0.15
    assert got.std() == pytest.approx(want.std(), rel=close), where
    assert abs(got.mean() - want.mean()) < 6 * want.std() / got.size**0.5, where
    at = [0.1, 0.3, 0.5, 0.7, 0.9, 0.98]
    quantiles = [np.quantile(np.abs(w), at) for w in (got, want)]
    np.testing.assert_allclose(*quantiles, atol=1.5 * close * want.std(), err_msg=where)
    if got.ndim == 2:
        spectra = [np.linalg.svd(w, compute_uv=False) for w in (got, want)]
        np.testing.assert_allclose(*spectra, atol=0.1 * spectra[1].max(), err_msg=where)


def blocks(params, name):
    """The whole parameter, and its gates one by one."""
    w = np.asarray(params[name])
    return [w, *np.split(w, max(w.shape[-1] // H, 1), axis=-1)]


def ids(row):
    return "-".join([row[0], row[3], *row[4]])


@pytest.mark.parametrize("row", marked([(row,) for row in ROWS], [(row,) for row in KEPT], ids))
def test_begins_as_in_the_library(row):
    """Every parameter and every gate's block of it; constants, such as zeros and ones, exactly."""
    name, make, options, kind, theirs = row
    load = LIBRARIES[name][0]
    cell = make(H, **options)
    pairs = [(ours(make, name, **options), load(cell, 0, kind, **theirs))]
    if name in ("torch", "equinox"):  # their biases are drawn, and of H numbers little is known
        seeds = range(1, 6)
        pairs += [(ours(make, name, s, **options), load(cell, s, kind, **theirs)) for s in seeds]
    assert pairs[0][0].keys() == pairs[0][1].keys()
    for parameter in pairs[0][1]:
        few = pairs if pairs[0][1][parameter].ndim == 1 else pairs[:1]
        both = [
            zip(*(blocks(each[side], parameter) for each in few), strict=True) for side in (0, 1)
        ]
        for i, (mine, library) in enumerate(zip(*both, strict=True)):
            mine, library = (np.concatenate(w, -1) for w in (mine, library))
            if i and library.std() == 0:  # a constant
                np.testing.assert_array_equal(mine, library)
            elif library.any():
                same_distribution(mine, library, f"{parameter}, block {i - 1}")


def test_linen_like_cell_of_nnx():
    """nnx.LSTMCell makes each gate apart: it begins as "flax" says, not as "nnx"."""
    want = nnx_cell(lstm(H), 0, "LSTMCell")
    for mine, library in zip(blocks(ours(lstm, "flax"), "w_h"), blocks(want, "w_h"), strict=True):
        same_distribution(mine, library, "w_h")


def within(w, bound):
    assert 0.93 * bound < np.abs(w).max() <= bound
    assert w.std() == pytest.approx(bound / 3**0.5, rel=0.1)


def options_of(make):
    """Options that change the shapes of a cell's parameters."""
    names = make.__code__.co_varnames
    options = {"heads": 4} if "heads" in names else {}
    return [options] + ([{"projection": P}] if "projection" in names else [])


APART = {"nu_log", "theta_log", "gamma_log", "lambda", "re_log", "im", "dt_log"}
"""Eigenvalues and steps, which begin as their papers have it whatever the library."""


def drawn(make):
    """Options and parameters of a cell: what an initialiser sees of it."""
    for options in options_of(make):
        params = jax.eval_shape(lambda o=options: make(8, **o).init(jax.random.key(0), 3))
        yield from ((name, *options) for name in params if name not in APART)


MAKES = [(make,) for name, make in CELLS.items() if name != "ind_rnn"]  # w_h from U(0, 1)


@pytest.mark.parametrize("make", marked(MAKES, covering(MAKES, drawn), lambda make: make.__name__))
def test_torch_bounds_everything_by_the_units_of_the_cell(make):
    """Also cells and options that torch does not have: heads, a projection, peepholes."""
    for params in [ours(make, "torch", **each) for each in options_of(make)]:
        for name, w in params.items():
            if name not in {"b", *APART}:
                within(w, H**-0.5)


def test_a_further_bias_or_peephole_begins_as_a_bias_does():
    """At zero where a library's biases do; else drawn, in ``uniform`` within its scale."""
    for make, name in ((gru, "b_n"), (peephole_lstm, "w_c")):
        for init in ("default", "keras", "flax", "nnx", "haiku"):
            assert not ours(make, init)[name].any()
        for init in ("torch", "equinox"):
            within(ours(make, init)[name], H**-0.5)
        within(ours(make, uniform(0.02))[name], 0.02)


def test_haiku_treats_cells_it_does_not_have_by_their_kind():
    """With a memory as its LSTM, of one block as its VanillaRNN, others as its GRU."""
    reference = blocks(ours(gru_reset_before, "haiku"), "w_x")[1]
    for make in (gru, gru_simple, CELLS["min_gru"]):
        for block in blocks(ours(make, "haiku"), "w_x")[1:]:
            same_distribution(block, reference, make.__name__)
    for make in (peephole_lstm, CELLS["cifg_lstm"]):
        assert ours(make, "haiku")["w_x"].std() == pytest.approx(0.88 * (D + H) ** -0.5, rel=0.02)
    w_p = ours(lstm, "haiku", projection=P)["w_p"]  # a Linear of H inputs
    assert w_p.std() == pytest.approx(0.88 * H**-0.5, rel=0.02)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", LIBRARIES)
def test_everything_is_float32(name):
    """Also where JAX's own default is float64."""
    for make in (lstm, gru, peephole_lstm):
        cell = make(4, init=name, learn_start=True)
        params = jax.eval_shape(lambda cell=cell: cell.init(jax.random.key(0), 3))
        assert {a.dtype for a in jax.tree.leaves(params)} == {np.dtype(np.float32)}
