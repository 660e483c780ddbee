"""What a training logs of itself: against NumPy, and without a change of what it computes."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import launches
import numpy as np
import pytest
from instruments import made, run
from short_data import shorten

import seqjax
from seqjax.cells import gru, rnn
from seqjax.diagnostics.watch import figures_of, spectral_radius, watched
from seqjax.online import OnlineState
from seqjax.tasks.settings import RunConfig, check_run

PARAMS = {
    "embed": {"w": np.ones((2, 3), np.float32)},
    "body": {
        "1": {"w_h": np.diag([0.5, -2.0]).astype(np.float32), "b": np.ones(2, np.float32)},
        "3": {"w_h": np.eye(2, dtype=np.float32)},
    },
}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("cell", [rnn(6), gru(5), gru(6, heads=2)])
def test_the_spectral_radius_is_that_of_the_largest_eigenvalue_of_all_blocks(cell):
    w = made(cell, 2)["w_h"]
    size = w.shape[-2]
    blocks = np.moveaxis(w.reshape(*w.shape[:-1], -1, size), -2, 0)
    wanted = np.abs(np.linalg.eigvals(blocks)).max()
    np.testing.assert_allclose(run(spectral_radius, w), wanted, rtol=3e-3)


def test_weights_without_a_power_have_radius_zero():
    assert run(spectral_radius, np.array([[0.0, 1.0], [0.0, 0.0]])) == 0
    assert np.isnan(run(spectral_radius, np.ones((2, 3))))


def test_figures_are_named_by_their_place():
    gradients = jax.tree.map(lambda leaf: 2 * np.ones_like(leaf), PARAMS)
    carry = (np.array([[0.95, -1.0, 0.1, 0.0]], np.float32), np.int32(3))
    found = run(lambda: figures_of(PARAMS, gradients, carry))
    wanted = {
        "gradient_norm/embed": np.sqrt(24), "gradient_norm/body.1": np.sqrt(24),
        "gradient_norm/body.3": 4.0, "spectral_radius/body.1": 2.0, "spectral_radius/body.3": 1.0,
        "state_rms/0": np.sqrt((0.95**2 + 1 + 0.01) / 4), "state_saturated/0": 0.5,
    }  # fmt: skip
    assert sorted(found) == sorted(wanted)
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=2e-3)


def test_a_diagonal_w_h_has_the_radius_of_its_largest_entry():
    params = {"body": {"1": {"w_h": np.array([0.5, -1.5, 1.0], np.float32)}}}
    found = run(lambda: figures_of(params, {}, ()))
    np.testing.assert_allclose(found["spectral_radius/body.1"], 1.5, rtol=2e-3)


class State(NamedTuple):
    params: dict
    carry: tuple
    key: jax.Array
    step: int


def test_every_so_many_steps_the_gradient_that_the_step_takes_is_looked_at():
    def loss(params, carry, batch, *, key):
        noisy = batch + jax.random.normal(key)
        return (params["a"]["w"] * noisy).sum() + jnp.sqrt(params["b"]["w"]).sum(), ()

    def step(state, batch, adaptation):
        key = jax.random.fold_in(state.key, state.step)
        gradient, _ = jax.grad(loss, has_aux=True)(state.params, (), batch, key=key)
        norm = jnp.linalg.norm(gradient["a"]["w"])
        return state._replace(step=state.step + 1), {"loss": (norm, 1.0)}

    state, seen = (
        State({"a": {"w": jnp.ones(3)}, "b": {"w": jnp.zeros(1)}}, (), jax.random.key(0), 0),
        [],
    )
    look = watched(step, loss, 2)
    for batch in range(5):
        state, metrics = look(state, jnp.float32(batch), None)
        seen.append(sorted(metrics))
        if len(metrics) > 1:
            assert float(metrics["gradient_norm/a"][0]) == pytest.approx(float(metrics["loss"][0]))
            # Of √0 the derivative is infinite, which is not counted.
            assert [float(part) for part in metrics["gradient_norm/b"]] == [0.0, 0.0]
    assert seen == [["loss"], ["gradient_norm/a", "gradient_norm/b", "loss"]] * 2 + [["loss"]]
    with pytest.raises(ValueError, match="every: got 0"):
        watched(step, loss, 0)


def test_what_online_learning_carries_beside_states_is_not_looked_at():
    def loss(params, carry, batch, *, key):
        return (params["a"]["w"] * batch).sum(), ()

    ones = np.ones(3, np.float32)
    look = watched(lambda state, batch, adaptation: (state, {}), loss, 1)
    carry = OnlineState((0.5 * ones,), {"w": 100 * ones})
    _, metrics = look(State({"a": {"w": ones}}, carry, jax.random.key(0), 0), ones, None)
    assert {"gradient_norm/a", "state_rms/0", "state_saturated/0"} == set(metrics)
    assert float(metrics["state_rms/0"][0]) == 0.5


def test_a_run_that_is_watched_computes_the_same_and_logs_more(tmp_path, monkeypatch):
    launches.quick(monkeypatch)
    shorten(monkeypatch.setattr)
    settings = {
        "hidden": 4, "cell": "rnn", "driver": "sequential", "epochs": 1, "batch": 32, "window": 64,
        "embedding": 4, "log_every": 4, "dropout": 0.1,
    }  # fmt: skip
    loaded = [
        seqjax.train("language_model", quiet=True, workdir=tmp_path / f"{n}", diagnostics=n,
                     **settings)
        for n in (0, 2)
    ]  # fmt: skip
    jax.tree.map(np.testing.assert_array_equal, loaded[0].params, loaded[1].params)
    plain, watched_one = (each.history()["train"] for each in loaded)
    names = {f"gradient_norm/{part}" for part in ("embed", "body.1", "head")}
    names |= {"spectral_radius/body.1", "state_rms/0", "state_saturated/0"}
    assert set(watched_one) - set(plain) == names
    assert all(np.isfinite(watched_one[name]).all() for name in names)
    parts = [watched_one[f"gradient_norm/{part}"] for part in ("embed", "body.1", "head")]
    whole = np.sqrt(np.sum(np.square(parts), 0))
    np.testing.assert_allclose(whole[0], watched_one["gradient_norm"][0], rtol=0.5)


def test_word_vectors_have_no_layers(tmp_path, monkeypatch):
    shorten(monkeypatch.setattr)
    with pytest.raises(ValueError, match="diagnostics: a run of word_vectors has no layers"):
        seqjax.train("word_vectors", quiet=True, workdir=tmp_path / "run", diagnostics=1, size=4,
                     minimum=2, chunk=64, piece=2048, sample=0.0, epochs=1)  # fmt: skip


def test_over_a_mesh_it_is_refused():
    """Before anything is read; many runs at once are watched as one is (runs/test_together.py)."""
    with pytest.raises(ValueError, match="diagnostics: got 2 with --mesh: nothing would use it"):
        check_run(RunConfig(mesh="data:2", diagnostics=2))


def test_the_number_of_a_step_is_asked_of_the_device_once():
    """Each time would wait for the step before; of a state from elsewhere it is asked again."""
    asked = []

    class Counted:
        def __init__(self, number):
            self.number, self.params, self.carry = number, {"w": jnp.ones(2)}, ()
            self.key = jax.random.key(0)

        @property
        def step(self):
            asked.append(self.number)
            return self.number

    def loss(params, carry, batch, *, key):
        return jnp.sum(params["w"] ** 2), ()

    run = watched(lambda state, batch, adaptation: (Counted(state.number + 1), {}), loss, 3)
    state, looks = Counted(4), []
    for _ in range(4):
        state, metrics = run(state, None, None)
        looks.append(bool(metrics))
    assert looks == [False, True, False, False]
    assert asked == [4, 5], "the second by the look itself"
    assert run(Counted(2), None, None)[1]
    assert asked[2:] == [2, 2]
