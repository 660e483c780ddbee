"""What linear cells are beside the contracts: first values, extremes, refusals, checkpoints."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from walking import same

from seqjax import cells, drivers
from seqjax.cells import diagonal_ssm, lru, min_lstm, rg_lru
from seqjax.cells.clip_backward import clip_cotangent
from seqjax.cells.rg_lru import input_scale
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.step import begin, train_step

B, D, H = 2, 3, 4
KEY = jax.random.key(0)


def test_a_ring_of_eigenvalues() -> None:
    """|λ|² even between the squares of the radii, phases even, states of the size of inputs."""
    n = 4000
    params = lru(2 * n, r_min=0.4, r_max=0.9, max_phase=1.5).init(KEY, 2)
    square = np.exp(-2 * np.exp(np.asarray(params["nu_log"], np.float64)))
    phase = np.exp(np.asarray(params["theta_log"], np.float64))
    for found, low, high in ((square, 0.16, 0.81), (phase, 0, 1.5)):
        assert low <= found.min() and found.max() <= high * (1 + 1e-6)
        quantiles = np.quantile(found, [0.25, 0.5, 0.75])
        assert quantiles == pytest.approx(
            low + (high - low) * np.array([0.25, 0.5, 0.75]), abs=0.05
        )
    gamma = np.exp(np.asarray(params["gamma_log"], np.float64))
    np.testing.assert_allclose(gamma, np.sqrt(1 - square), rtol=1e-5)
    whole = lru(2 * n).init(KEY, 2)  # |λ| from 0 to 1
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(whole))


def test_first_values_of_rg_lru_and_diagonal_ssm() -> None:
    """a at r = 1 between 0.9 and 0.999; A of S4D-Lin, steps even in their logarithm."""
    decay = rg_lru(4000).init(KEY, 2)["lambda"]
    least = np.exp(-8 * np.logaddexp(0, np.asarray(decay, np.float64)))
    assert 0.9 - 1e-6 <= least.min() < 0.902 and 0.997 < least.max() <= 0.999 + 1e-6
    params = diagonal_ssm(4000, dt_min=0.01, dt_max=0.5).init(KEY, 2)
    np.testing.assert_allclose(-np.exp(params["re_log"]), -0.5, rtol=1e-6)
    np.testing.assert_allclose(params["im"][:3], [0, math.pi, 2 * math.pi], rtol=1e-6)
    steps = params["dt_log"]
    assert math.log(0.01) <= steps.min() and steps.max() <= math.log(0.5)
    assert np.median(steps) == pytest.approx(math.log(0.01 * 0.5) / 2, abs=0.1)


def test_the_scale_of_inputs_keeps_its_digits_and_its_slope_a_bound() -> None:
    """sqrt(1 - a²) in float32 against float64, down to a = 1 - 1e-20; no NaN at a = 1."""
    log_a = -np.array([1e-20, 1e-12, 1e-5, 1e-3, 0.5, 8, 90], np.float32)
    wide = log_a.astype(np.float64)
    want = np.sqrt(-np.expm1(2 * wide))
    np.testing.assert_allclose(input_scale(jnp.asarray(log_a)), want, rtol=3e-7)
    slope = jax.vmap(jax.grad(input_scale))(jnp.asarray(log_a))
    np.testing.assert_allclose(slope[2:], (-np.exp(2 * wide) / want)[2:], rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(slope[:2], -1000, rtol=1e-6)
    second = jax.grad(jax.grad(input_scale))
    exact = (
        -2 * math.exp(-1) / math.sqrt(1 - math.exp(-1)) - math.exp(-2) / (1 - math.exp(-1)) ** 1.5
    )
    assert second(jnp.float32(-0.5)) == pytest.approx(exact, rel=1e-6)
    cell = rg_lru(1)
    shut = {"w_x": jnp.zeros((1, 3)), "b": jnp.array([-200.0, 0, 1]), "lambda": jnp.zeros(1)}

    def last(params: Any) -> Any:
        z = cell.project(params, jnp.ones((1, 1)))
        return cell.step(params, jnp.full((1, 1), 3.0), z).sum()

    value, gradient = jax.value_and_grad(last)(shut)
    assert value == 3.0
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_clipping_of_complex_cotangents() -> None:
    """Real and imaginary parts, each by itself."""
    cotangent = jnp.array([3 + 0.2j, -0.1 - 5j])
    _, pull = jax.vjp(lambda h: clip_cotangent(h, 1.0), jnp.zeros(2, jnp.complex64))
    np.testing.assert_allclose(pull(cotangent)[0], [1 + 0.2j, -0.1 - 1j], rtol=1e-6)


LINEAR = {"min_lstm": min_lstm, "lru": lru, "rg_lru": rg_lru, "diagonal_ssm": diagonal_ssm}


@pytest.mark.parametrize("name", LINEAR)
def test_wrappers_that_cannot_serve_say_so(name: str) -> None:
    cell = LINEAR[name](H)
    with pytest.raises(ValueError, match=f"weight_drop cannot serve {name}, which has no w_h"):
        cells.weight_drop(cell, 0.1)
    for wrap in (cells.layer_norm, partial(cells.locked_dropout, hidden=0.1)):
        with pytest.raises(ValueError, match=rf"cannot serve {name}, whose recurrence is not gate"):
            wrap(cell)
    kept = cells.locked_dropout(cell, inputs=0.1, hidden=0)
    assert isinstance(kept.recurrence, cells.Affine)
    with pytest.raises(ValueError, match=f"hoisted cannot serve {name}"):
        drivers.hoisted(cell, cell.init(KEY, D), jnp.ones((3, B, D)))


WRONG = {
    "lru of odd size": (lambda: lru(5), "hidden: got 5, want an even number for lru"),
    "lru of no size": (lambda: lru(0), "hidden: got 0, want an integer of 1 or more"),
    "radii": (lambda: lru(4, r_min=0.9, r_max=0.5), "r_min, r_max: got 0.9, 0.5, want 0 <="),
    "radius": (lambda: lru(4, r_max=1.5), "r_min, r_max: got 0.0, 1.5"),
    "phase": (lambda: lru(4, max_phase=7.0), r"max_phase: got 7.0, want a number in \(0, 2π\]"),
    "ssm of odd size": (
        lambda: diagonal_ssm(3),
        "hidden: got 3, want an even number for diagonal_ssm",
    ),
    "discretization": (
        lambda: diagonal_ssm(4, discretization="zog"),
        "discretization: got 'zog'.*did you mean 'zoh'",
    ),
    "dt": (lambda: diagonal_ssm(4, dt_min=0.2), "dt_min: got 0.2, want at most dt_max=0.1"),
    "no dt": (lambda: diagonal_ssm(4, dt_min=0.0), "dt_min: got 0.0, want a number above 0"),
    "switch": (lambda: min_lstm(4, positive=1), "positive: got 1, want True or False"),
    "bias": (lambda: min_lstm(4, forget_bias="a"), "forget_bias: got 'a', want a number"),
    "start": (lambda: rg_lru(4, learn_start="no"), "learn_start: got 'no', want True"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_contradicting_options(wrong: str) -> None:
    make, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        make()


def test_a_carry_of_another_kind_is_refused() -> None:
    cell = lru(H)
    params, xs = cell.init(KEY, D), jnp.ones((3, B, D))
    with pytest.raises(ValueError, match=r"carry: got float32\[2, 2\], but lru wants complex64"):
        drivers.sequential(cell, params, xs, carry=jnp.zeros((B, H // 2)))


def test_a_complex_carry_is_trained_saved_and_restored(tmp_path: Path) -> None:
    """A language model that hands its state from batch to batch goes on bit for bit."""
    model = language_model(LanguageModelConfig(cell="lru", hidden=H, embedding=D), 5)
    params, words = model.init(KEY), jnp.arange(12).reshape(6, B) % 5
    batch = {
        "inputs": words, "targets": (words + 1) % 5,
        "weights": jnp.ones((6, B)), "fresh": jnp.bool_(False),
    }  # fmt: skip
    optimizer, same_rate = optax.adam(0.1), Adaptation(scale=1.0, averaging=False)
    step = train_step(model.loss, optimizer)

    def begun() -> Any:
        return step(begin(params, optimizer, model.start(params, B), key=KEY), batch, same_rate)[0]

    first = begun()
    items = {"carry": first.carry, "params": first.params}
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, items, {}, {"loss": 1.0})
        like = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), items)
        restored = checkpoints.restore(1, like)
    (state,) = jax.tree.leaves(first.carry)
    assert state.dtype == jnp.complex64 and (state.imag != 0).all()
    same(restored, items)
    resumed, _ = step(begun()._replace(**restored), batch, same_rate)
    uninterrupted, _ = step(first, batch, same_rate)
    same((resumed.carry, resumed.params), (uninterrupted.carry, uninterrupted.params))
