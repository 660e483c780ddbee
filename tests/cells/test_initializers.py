"""Initial weights: the table of ``basics/initializers.py``, and the libraries it speaks of."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqjax.basics.initializers import INITIALIZERS, Init, uniform
from seqjax.cells import CELLS, cifg_lstm, gru, lstm, rnn

D, H = 48, 64
KEY = jax.random.key(11)


def drawn(init, make=lstm, **options):
    return jax.tree.map(np.asarray, make(H, init=init, **options).init(KEY, D))


def per_gate(w, gates=4):
    return np.split(w, gates, axis=-1)


def alike(a, b):
    """Two samples of one distribution: spread, mean and extremes."""
    assert np.std(a) == pytest.approx(np.std(b), rel=0.05)
    assert abs(np.mean(a) - np.mean(b)) < 5 * np.std(b) / np.sqrt(min(np.size(a), np.size(b)))
    assert np.abs(a).max() == pytest.approx(np.abs(b).max(), rel=0.05)


def uniform_in(w, bound):
    alike(w, np.linspace(-bound, bound, w.size))
    assert np.abs(w).max() <= bound


def orthogonal(w):
    """The shorter side is orthonormal."""
    w = w if w.shape[0] <= w.shape[1] else w.T
    np.testing.assert_allclose(w @ w.T, np.eye(len(w)), atol=1e-5)


def test_default():
    """Glorot uniform and orthogonal for each gate apart, zero bias."""
    params = drawn("default")
    for w_x, w_h in zip(per_gate(params["w_x"]), per_gate(params["w_h"]), strict=True):
        uniform_in(w_x, (6 / (D + H)) ** 0.5)
        orthogonal(w_h)


def test_torch():
    """Everything from U(-1/sqrt H, 1/sqrt H); our one bias is the sum of two."""
    params = drawn("torch")
    uniform_in(params["w_x"], H**-0.5)
    uniform_in(params["w_h"], H**-0.5)
    draw = jax.vmap(lambda key: lstm(H, init="torch").init(key, D)["b"])
    b = np.asarray(jax.jit(draw)(jax.random.split(KEY, 9)))
    assert np.std(b) == pytest.approx((2 / 3 / H) ** 0.5, rel=0.05)
    assert H**-0.5 < np.abs(b).max() < 2 * H**-0.5


def test_keras():
    """Glorot bounds and orthogonal rows of all gates as one matrix."""
    params = drawn("keras")
    uniform_in(params["w_x"], (6 / (D + 4 * H)) ** 0.5)
    orthogonal(params["w_h"])
    assert np.std(per_gate(params["w_h"])[0]) == pytest.approx((4 * H) ** -0.5, rel=0.05)


def test_flax():
    """Lecun normal (cut at two deviations, variance corrected) and orthogonal for each gate."""
    params = drawn("flax")
    assert np.std(params["w_x"]) == pytest.approx(D**-0.5, rel=0.03)
    assert np.abs(params["w_x"]).max() < 2 / 0.8796 * D**-0.5
    for w_h in per_gate(params["w_h"]):
        orthogonal(w_h)


def test_haiku():
    """One normal of deviation 1/sqrt(D+H) for both, cut at two deviations, not corrected."""
    params = drawn("haiku")
    for w in (params["w_x"], params["w_h"]):
        assert np.std(w) == pytest.approx(0.8796 * (D + H) ** -0.5, rel=0.03)
        assert np.abs(w).max() <= 2 * (D + H) ** -0.5


FORGET = {"default": 1, "torch": 0, "keras": 1, "flax": 0, "nnx": 0, "equinox": 0, "haiku": 1}


@pytest.mark.parametrize("init", INITIALIZERS)
def test_the_forget_gate_alone_begins_open(init):
    """By default, or where ``forget_bias`` says, in the block of the forget gate and no other."""
    makers = {lstm: (1, 4), CELLS["peephole_lstm"]: (1, 4), cifg_lstm: (0, 3)}
    settings = ({"forget_bias": 0.0}, {}, {"forget_bias": 2.5})

    @jax.jit
    def biases(key):
        cells = ([make(8, init=init, **each) for each in settings] for make in makers)
        return [[cell.init(key, 4)["b"] for cell in each] for each in cells]

    for (forget, gates), found in zip(makers.values(), biases(KEY), strict=True):
        bare, usual, given = (per_gate(np.asarray(b), gates) for b in found)
        for k in range(gates):
            assert init in ("torch", "equinox") or not bare[k].any()
            np.testing.assert_allclose(usual[k] - bare[k], FORGET[init] * (k == forget), atol=1e-6)
            np.testing.assert_allclose(given[k] - bare[k], 2.5 * (k == forget), atol=1e-6)


def test_cells_without_a_forget_gate_begin_at_zero():
    """No bias of a GRU or a simple network is opened."""
    for make in (gru, rnn, CELLS["gru_simple"], CELLS["gru_reset_before"]):
        assert not drawn("default", make)["b"].any()
    assert not drawn("default", gru)["b_n"].any()


def test_heads_are_drawn_each_at_its_own_size():
    """Block-diagonal weights: every head is orthogonal gate by gate, and no two are the same."""
    w = drawn("default", heads=4)["w_h"]
    assert w.shape == (4, H // 4, H)
    for head in w:
        for gate in per_gate(head):
            orthogonal(gate)
    assert np.abs(w[0] - w[1]).max() > 0.1


def test_uniform_and_an_init_of_ones_own():
    """``uniform(scale)`` fills everything; any Init is taken in the place of a name."""
    params = drawn(uniform(0.1), gru)
    uniform_in(params["w_x"], 0.1)
    uniform_in(params["w_h"], 0.1)
    assert 0.09 < np.abs(params["b"]).max() <= 0.1

    def ones_everywhere(key, s):
        return tuple(map(jnp.ones, [(s.d, s.k * s.h), (s.p, s.k * s.h), (s.k * s.h,)]))

    ones = Init(ones_everywhere)
    assert all((leaf == 1).all() for leaf in drawn(ones, rnn).values())


def test_equals_torchs_own():
    """The spread and bounds of torch.nn.LSTM's weights."""
    torch = pytest.importorskip("torch")
    theirs, ours = torch.nn.LSTM(D, H), drawn("torch")
    alike(ours["w_x"], theirs.weight_ih_l0.detach().numpy())
    alike(ours["w_h"], theirs.weight_hh_l0.detach().numpy())


def test_equals_flaxs_own():
    """OptimizedLSTMCell: spread of input kernels, and its hidden kernels are orthogonal too."""
    nn = pytest.importorskip("flax.linen")
    cell = nn.OptimizedLSTMCell(H)
    zeros = jnp.zeros((1, H))
    theirs = cell.init(KEY, (zeros, zeros), jnp.zeros((1, D)))["params"]
    ours = drawn("flax")
    alike(ours["w_x"], np.concatenate([theirs["i" + gate]["kernel"] for gate in "ifgo"], -1))
    for gate in "ifgo":
        orthogonal(np.asarray(theirs["h" + gate]["kernel"]))
        assert not np.any(theirs["h" + gate]["bias"])


def test_equals_haikus_own():
    """hk.LSTM: one matrix for inputs and state, the forget bias added in its forward pass."""
    hk = pytest.importorskip("haiku")

    def walk(x):
        core = hk.LSTM(H)
        return core(x, core.initial_state(1))

    theirs = np.asarray(hk.transform(walk).init(KEY, jnp.zeros((1, D)))["lstm/linear"]["w"])
    ours = drawn("haiku")
    alike(ours["w_x"], theirs[:D])
    alike(ours["w_h"], theirs[D:])
