"""Factories refuse options that contradict each other."""

from __future__ import annotations

import jax
import pytest

from seqjax import cells
from seqjax.cells import gru, gru_reset_before, lstm, rnn

LSTM = lstm(4)
RATES = {
    "rate": lambda rate: cells.weight_drop(LSTM, rate),
    "inputs": lambda rate: cells.locked_dropout(LSTM, inputs=rate),
    "hidden": lambda rate: cells.locked_dropout(LSTM, hidden=rate),
    "hidden of zoneout": lambda rate: cells.zoneout(LSTM, hidden=rate),
    "memory": lambda rate: cells.zoneout(LSTM, memory=rate),
}
WRONG = {
    "no units": (lambda: lstm(0), "hidden: got 0, want an integer of 1 or more"),
    "half a unit": (lambda: gru(2.5), "hidden: got 2.5, want an integer"),
    "a truth": (lambda: rnn(True), "hidden: got True, want an integer"),
    "heads that do not divide": (lambda: lstm(4, heads=3), "heads: got 3, want a divisor"),
    "no heads": (lambda: gru(4, heads=0), "heads: got 0, want an integer"),
    "heads and projection": (lambda: lstm(4, heads=2, projection=2), "heads: got 2.*projection"),
    "no projection": (lambda: lstm(4, projection=0), "projection: got 0, want an integer"),
    "no such init": (lambda: lstm(4, init="kears"), "init: got 'kears'.*did you mean 'keras'"),
    "no such activation": (lambda: rnn(4, activation="rely"), "activation: got 'rely'.*'relu'"),
    "limit": (lambda: cells.clip_backward(LSTM, 0.0), "limit: got 0.0, want a number above 0"),
    "norm of step": (lambda: cells.layer_norm(gru_reset_before(4)), "layer_norm.*gru_reset_before"),
    "norm of residual": (
        lambda: cells.layer_norm(cells.residual(LSTM)),
        r"cell: got residual\(lstm\)",
    ),
    "lock of step": (lambda: cells.locked_dropout(gru_reset_before(4)), "gru_reset_before"),
    "zoneout of residual": (
        lambda: cells.zoneout(cells.residual(gru(4))),
        r"cell: got residual\(gru\), want zoneout inside",
    ),
    "weights that are not there": (
        lambda: cells.weight_drop(cells.clip_backward(cells.min_gru(4), 1.0), 0.1).noise(
            {}, None, jax.random.key(0)
        ),
        r"weight_drop cannot serve clip_backward\(min_gru\), which has no w_h",
    ),
    "weights of a linear cell": (
        lambda: cells.weight_drop(cells.min_gru(4), 0.1),
        "weight_drop cannot serve min_gru, which has no w_h",
    ),
    "text for a rate": (lambda: cells.zoneout(LSTM, hidden="a"), "hidden: got 'a', want a rate"),
    "no limit": (lambda: cells.clip_backward(LSTM, None), "limit: got None, want a number above 0"),
    "lock of lock": (
        lambda: cells.locked_dropout(cells.weight_drop(cells.locked_dropout(LSTM), 0.1)),
        "cell: got weight_drop.locked_dropout.*without locked_dropout",
    ),
    "residual widths": (
        lambda: cells.residual(LSTM).init(jax.random.key(0), 3),
        "d: got 3, want 4",
    ),
    "no inputs": (lambda: LSTM.init(jax.random.key(0), 0), "d: got 0, want an integer"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_contradicting_options(wrong):
    """A ValueError names the option, what it got and what it wants."""
    make, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
@pytest.mark.parametrize("name", RATES)
def test_rates_outside_their_range(name, rate):
    """A rate of noise is at least 0 and below 1."""
    with pytest.raises(ValueError, match=f"{name.split()[0]}: got {rate}, want a rate in"):
        RATES[name](rate)


@pytest.mark.parametrize("name", RATES)
def test_rates_inside_their_range(name):
    """0 and numbers just below 1 are rates."""
    RATES[name](0)
    RATES[name](0.99)
