"""What ind_rnn, sru and slstm are beside the contracts: first weights, bounds, wrappers."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from walking import close, quick

from seqjax import cells, drivers
from seqjax.cells import ind_rnn, slstm, sru

D, H = 3, 4


def random_params(cell: Any, scale: float = 0.6) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    shapes = jax.eval_shape(lambda: cell.init(jax.random.key(0), D))
    return {name: scale * draw.normal(size=a.shape) for name, a in shapes.items()}


def test_the_forget_gate_begins_open_but_not_above_one() -> None:
    """exp(0) = 1, where a sigmoid begins at the bias of other LSTMs."""
    for options, bias in (({}, 1.0), ({"forget_gate": "exp"}, 0.0), ({"forget_bias": 2.0}, 2.0)):
        b = slstm(2, **options).init(jax.random.key(0), D)["b"]
        assert b.tolist() == [0.0, 0.0, bias, bias, 0.0, 0.0, 0.0, 0.0]
    assert sru(1, forget_bias=3.0).init(jax.random.key(0), D)["b"].tolist() == [3.0, 0.0, 0.0, 0.0]


def test_recurrent_weights_of_ind_rnn_begin_between_zero_and_their_bound() -> None:
    for cell, bound in ((ind_rnn(1000), 1.0), (ind_rnn(1000, steps=2), 2**0.5)):
        w = cell.init(jax.random.key(0), D)["w_h"]
        assert w.shape == (1000,) and w.min() >= 0
        assert bound - 0.01 < w.max() < bound
        assert w.mean() == pytest.approx(bound / 2, abs=0.03)


@pytest.mark.usefixtures("x64")
def test_recurrent_weights_past_the_bound_count_as_the_bound() -> None:
    """Values are those of the clipped weights; past the bound there is no gradient."""
    cell, free = ind_rnn(3, steps=1), ind_rnn(3)
    params = {name: np.abs(a) for name, a in random_params(cell).items()}
    params["w_h"] = np.array([2.5, -3.0, 1.5])
    h, z = np.array([[0.5, 0.25, 2.0]]), np.array([[0.3, 4.0, 0.1]])
    clipped = params | {"w_h": np.array([2.0, -2.0, 1.5])}
    got, want = quick(lambda h, z: (cell.step(params, h, z), free.step(clipped, h, z)))(h, z)
    np.testing.assert_allclose(got, want, rtol=1e-15)
    slope = quick(jax.grad(lambda w: cell.step(params | {"w_h": w}, h, z).sum()))(params["w_h"])
    np.testing.assert_array_equal(slope, [0.0, 0.0, 2.0])


SERVED = [
    (cells.residual(sru(D)), "associative"),
    (cells.clip_backward(slstm(H), 0.1), "hoisted"),
    (cells.locked_dropout(slstm(H), inputs=0.3, hidden=0.3), "hoisted"),
    (cells.weight_drop(ind_rnn(H, steps=5), 0.4), "hoisted"),
    (cells.layer_norm(slstm(H, heads=2)), "hoisted"),
    (cells.layer_norm(ind_rnn(H)), "hoisted"),
]


@pytest.mark.usefixtures("x64")
def test_wrappers_that_serve_them() -> None:
    """With their noise, gradients by the fast driver are those of sequential."""
    xs, lengths = np.random.default_rng(3).normal(size=(3, 2, D)), jnp.array([3, 2])

    def slope(cell: Any, driver: str, params: Any) -> Any:
        def loss(params: Any) -> Any:
            noisy = (params, jnp.array(xs))
            noisy = cell.noise(*noisy, jax.random.key(1)) if cell.noise else noisy
            result = drivers.DRIVERS[driver](cell, *noisy, lengths)
            return jnp.sum(result.hs**2)

        return jax.grad(loss)(params)

    given = [random_params(cell) for cell, _ in SERVED]
    got, want = quick(
        lambda given: [
            [slope(cell, name, p) for (cell, driver), p in zip(SERVED, given, strict=True)
             for name in (driver if fast else "sequential",)]
            for fast in (True, False)
        ]
    )(given)  # fmt: skip
    close(got, want)
    for (cell, _), slopes in zip(SERVED, got, strict=True):
        assert all(abs(leaf).max() > 0 for leaf in slopes.values()), cell.name


PARTS = r"whose carry has {} parts, want one or two"
REFUSED = {
    "zoneout of sru": (cells.zoneout(sru(H)), PARTS.format(3)),
    "zoneout of slstm": (cells.zoneout(slstm(H)), PARTS.format(4)),
}
WRONG = {
    "forget gate": (
        partial(slstm, H, forget_gate="relu"),
        "forget_gate: got 'relu', want one of exp, sigmoid",
    ),
    "heads": (partial(slstm, H, heads=3), "heads: got 3, want a divisor of hidden=4"),
    "activation": (partial(ind_rnn, H, activation="sigmoid"), "activation: got 'sigmoid'"),
    "steps": (partial(ind_rnn, H, steps=0), "steps: got 0, want an integer of 1 or more"),
    "scale": (partial(sru, H, scale=0.0), "scale: got 0.0, want a number above 0"),
    "norm of sru": (lambda: cells.layer_norm(sru(H)), "layer_norm cannot serve sru"),
    "weights of sru": (lambda: cells.weight_drop(sru(H), 0.1), "weight_drop cannot serve sru"),
    "lock of sru": (lambda: cells.locked_dropout(sru(H)), "locked_dropout cannot serve sru"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_contradicting_options(wrong: str) -> None:
    make, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", REFUSED)
def test_wrappers_refuse_what_they_cannot_serve(name: str) -> None:
    cell, message = REFUSED[name]
    params = cell.init(jax.random.key(0), D)
    for driver in drivers.DRIVERS.values():
        if driver.name in ("sequential", "hoisted", "associative") and not driver.unsupported(
            cell, None
        ):
            with pytest.raises(ValueError, match=message):
                driver(cell, params, jnp.ones((2, 1, D)))
