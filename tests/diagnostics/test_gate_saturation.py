"""Gate values against the equations of each cell in NumPy, and shares counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from instruments import made, run

from seqjax.cells import CELLS, clip_backward, layer_norm, lstm, residual, rnn, zoneout
from seqjax.diagnostics import gate_saturation, trajectory
from seqjax.diagnostics.gates import gate_values

pytestmark = pytest.mark.usefixtures("x64")
T, B, D, H = 4, 2, 3, 3
XS = np.random.default_rng(0).normal(size=(T, B, D))
LENGTHS = np.array([4, 2])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(name, p, x, before):
    """The activated blocks of one step of B rows, from the equations of the cell's docstring."""
    h, z = before[:, :H], x @ p["w_x"] + p["b"]
    if name == "min_gru":
        return {"z": sigmoid(z[:, :H])}
    if name in ("min_lstm", "rg_lru", "sru"):
        first, second = {"min_lstm": "fi", "rg_lru": "ri", "sru": "fr"}[name]
        return {first: sigmoid(z[:, :H]), second: sigmoid(z[:, H : 2 * H])}
    if name == "ind_rnn":
        return {"h": np.maximum(z + h * p["w_h"], 0)}
    zs, us = (np.split(a, p["w_x"].shape[1] // H, -1) for a in (z, h @ p["w_h"]))
    s = [a + b for a, b in zip(zs, us, strict=True)]
    if name == "rnn":
        return {"h": np.tanh(s[0])}
    if name == "slstm":
        return {"g": np.tanh(s[2]), "o": sigmoid(s[3])}
    if name == "gru_simple":
        return {"z": sigmoid(s[0]), "n": np.tanh(s[1])}
    if name == "gru":
        return {"r": sigmoid(s[0]), "z": sigmoid(s[1])}
    if name == "gru_reset_before":
        r = sigmoid(s[0])
        n = np.tanh(zs[2] + (r * h) @ p["w_h"][:, 2 * H :])
        return {"r": r, "z": sigmoid(s[1]), "n": n}
    if name == "cifg_lstm":
        return {"f": sigmoid(s[0]), "g": np.tanh(s[1]), "o": sigmoid(s[2])}
    if name == "lstm":
        return dict(zip("ifgo", [sigmoid(s[0]), sigmoid(s[1]), np.tanh(s[2]), sigmoid(s[3])],
                        strict=True))  # fmt: skip
    c, (p_i, p_f, p_o) = before[:, H:], np.split(p["w_c"], 3)
    i, f, g = sigmoid(s[0] + p_i * c), sigmoid(s[1] + p_f * c), np.tanh(s[2])
    return {"i": i, "f": f, "g": g, "o": sigmoid(s[3] + p_o * (f * c + i * g))}


WRAPPERS = {
    "bare": lambda cell: cell,
    "zoneout": lambda cell: zoneout(cell, hidden=0.3, memory=0.2),
    "residual of clipped": lambda cell: residual(clip_backward(cell, 1.0)),
}


NONE = ("lru", "diagonal_ssm")
"""Cells without gates."""
CASES = [(name, "bare") for name in CELLS if name not in NONE] + [
    (name, wrapper)
    for name in ("peephole_lstm", "gru_reset_before", "min_gru")
    for wrapper in ("zoneout", "residual of clipped")
]


@pytest.mark.parametrize(("name", "wrapper"), CASES)
def test_values_are_those_of_the_equations(name, wrapper):
    cell = WRAPPERS[wrapper](CELLS[name](H))
    params = made(cell, D)

    def both(params):
        walk = trajectory(cell, params, XS)
        return walk.before, gate_values(cell, params, walk)

    before, found = run(both, params)
    width = 2 * H if "lstm" in name else H
    for t in range(T):
        wanted = by_hand(name, params, XS[t], before[t][:, :width])
        assert sorted(found) == sorted(wanted)
        for gate, values in wanted.items():
            np.testing.assert_allclose(found[gate][t], values, atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_shares_and_slopes_are_counted_over_real_steps(activation):
    cell = rnn(H, activation=activation)
    h, gates = run(
        lambda params: (
            trajectory(cell, params, XS).hs,
            gate_saturation(cell, params, XS, LENGTHS, threshold=0.2),
        ),
        made(cell, D),
    )
    found = gates["h"]
    low, high = (h < -0.6, h > 0.6) if activation == "tanh" else (h <= 0, h > np.inf)
    slope = 1 - h**2 if activation == "tanh" else (h > 0) * 1.0
    real = np.arange(T)[:, None] < LENGTHS
    assert low[real].any()
    for t in range(T):
        for share, values in ((found.low, low), (found.high, high), (found.slope, slope)):
            np.testing.assert_allclose(share[t], values[t][real[t]].mean(), atol=1e-12)
    np.testing.assert_allclose(found.unit_low, low[real].mean(0), atol=1e-12)
    np.testing.assert_allclose(found.unit_high, high[real].mean(0), atol=1e-12)


def test_slope_of_a_sigmoid():
    cell = lstm(H)
    f, found = run(
        lambda params: (
            gate_values(cell, params, trajectory(cell, params, XS))["f"],
            gate_saturation(cell, params, XS)["f"],
        ),
        made(cell, D),
    )
    np.testing.assert_allclose(found.slope, np.mean(f * (1 - f), (1, 2)), atol=1e-12)


def test_steps_that_no_row_has():
    lengths = np.array([2, 1])
    found = run(lambda p: gate_saturation(rnn(H), p, XS, lengths), made(rnn(H), D))
    assert np.isnan(found["h"].low).tolist() == [False, False, True, True]


def test_what_cannot_be_looked_into_is_named():
    with pytest.raises(ValueError, match=r"cell: got layer_norm\(lstm\), whose activations lie"):
        gate_saturation(layer_norm(lstm(H)), made(layer_norm(lstm(H)), D), XS)
    with pytest.raises(ValueError, match=r"threshold: got 0.5, want a number below 0.5"):
        gate_saturation(rnn(H), made(rnn(H), D), XS, threshold=0.5)
