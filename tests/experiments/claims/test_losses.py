"""The claim about losses: gradients at the output as theory has them, the rule, the plot."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.claims.claim import FAILS, HOLDS, IN_PART
from experiments.claims.outputs import losses
from experiments.claims.outputs.loss_pairs import NARROW, PAIRS, SMOOTHING, unlike

Y = np.array([[0.3, -1.2, 0.7, 0.1], [-0.4, 0.9, 0.2, -0.8], [1.5, 0.6, -0.3, 0.4]])
T = np.array([2, 1, 3])
P = np.exp(Y) / np.exp(Y).sum(1, keepdims=True)
HOT = np.eye(4)[T]


def first(column):
    return np.stack([column, *[np.zeros(3)] * 3], 1)


E = Y[:, 0] - (T - 1)
PAIR = 1 / (1 + np.exp(-(Y[:, 1] - Y[:, 0]))) - T % 2
TWO = np.stack([-PAIR, PAIR, np.zeros(3), np.zeros(3)], 1)
SIGMOID = 1 / (1 + np.exp(-Y)) - HOT
G = 2 * (P - HOT)
SHARES = P * (G - (G * P).sum(1, keepdims=True))
ROW = np.array([[1.0], [0.0], [0.0]])
BY_HAND = {
    "index, one-hot": ((P - HOT) / 3, (P - HOT) / 3),
    "softmax, sigmoid": (TWO / 3, TWO / 3),
    "cross-entropy, squared": ((P - HOT) / 3, (P - HOT) / 3),
    "huber, squared": (first(E) / 3, first(E) / 3),
    "huber, absolute": (NARROW * first(np.sign(E)) / 3, NARROW * first(np.sign(E)) / 3),
    "one row": (ROW * first(2 * E), ROW * first(np.sign(E))),
    "batch": (first(2 * E) / 3, first(np.sign(E)) / 3),
    "smoothed": ((P - HOT) / 3, (P - (1 - SMOOTHING) * HOT - SMOOTHING / 4) / 3),
    "shares": ((P - HOT) / 3, SHARES / 3),
    "each class": ((P - HOT) / 3, SIGMOID / 3),
}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", PAIRS)
def test_gradients_at_the_output(name):
    pair = PAIRS[name]
    for loss, want in zip((pair.first, pair.second), BY_HAND[name], strict=True):
        np.testing.assert_allclose(jax.grad(loss)(Y, jnp.asarray(T)), want, rtol=1e-12, atol=1e-15)


def test_unlike():
    a, b = jnp.array([3.0, 4.0]), jnp.array([3.0, 0.0])
    assert float(unlike(a, b, direction=False)) == pytest.approx(4 / 5)
    assert float(unlike(a, b, direction=True)) == pytest.approx(np.hypot(0.4, 0.8))


def made_up(same=1e-16, other=0.2):
    return {"unlike": {name: [same if pair.same else other] * 3 for name, pair in PAIRS.items()}}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, HOLDS),
        ({"same": 1e-3}, IN_PART),
        ({"other": 1e-3}, IN_PART),
        ({"same": 1e-3, "other": 1e-3}, FAILS),
    ],
)
def test_verdict(changed, kind):
    assert losses.verdict(made_up(**changed)).kind == kind


def test_one_seed_that_differs_is_enough():
    results = made_up()
    results["unlike"]["smoothed"][1] = 1e-3
    assert losses.verdict(results).kind == IN_PART


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tables_and_plot(language):
    (table,) = losses.tables(made_up())
    assert [row[1] for row in table.rows] == ["="] * 6 + ["≠"] * 4
    axes = losses.draw(made_up(same=0.0), language).axes[0]
    assert axes.get_title()
    assert axes.get_xlabel()
    assert len(axes.get_yticklabels()) == len(PAIRS)
    assert len(axes.get_legend().get_texts()) == 2
