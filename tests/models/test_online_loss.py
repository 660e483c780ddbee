"""Language models whose recurrent layer learns while walking, against backpropagation."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import optax
import pytest
from walking import close, quick, random_like

from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.adaptation import Adaptation
from seqjax.training.step import begin, train_step

V, H, E, T, B = 9, 4, 3, 6, 2
CONFIG = LanguageModelConfig(cell="gru", hidden=H, embedding=E, change_penalty=0.3)
x64 = pytest.mark.usefixtures("x64")


def params_of(model):
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    return random_like(jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, np.float64), shapes), 0)


def batch_of(steps=T, seed=1, **more):
    draw = np.random.default_rng(seed)
    inputs, targets = draw.integers(0, V, (2, steps, B))
    inputs[0, 0] = -1  # the zero vector
    weights = draw.integers(0, 2, (steps, B)).astype(float)
    return {"inputs": inputs, "targets": targets, "weights": weights, **more}


def gradient_of(model):
    return quick(jax.value_and_grad(model.loss, has_aux=True))


@x64
def test_a_window_by_rtrl_is_a_window_by_bptt():
    """Ragged rows, documents in them, and a state that begins anew."""
    config = replace(CONFIG, cell="lstm", embedding=H, head="tied")
    resets = np.zeros((T, B), bool)
    resets[3, 1] = True
    batch = batch_of(lengths=np.array([T, 5]), resets=resets, fresh=np.bool_(True))
    bptt, rtrl = (language_model(replace(config, credit=c), V) for c in ("bptt", "rtrl"))
    params = params_of(bptt)
    want, gradient = gradient_of(bptt)(params, bptt.training_start(params, B), batch)
    state = jax.tree.map(lambda a: np.asarray(a) + 1.0, rtrl.training_start(params, B))
    got, found = gradient_of(rtrl)(params, state, batch)
    close(got[0], want[0])
    close(got[1][1], want[1][1])
    close(got[1][0].carry, want[1][0])
    close(found, gradient)


@x64
def test_windows_by_rtrl_are_one_by_bptt():
    """With fixed parameters, where windows of truncated backpropagation are not."""
    config = replace(CONFIG, change_penalty=0.0)  # which does not reach over borders
    bptt, rtrl = (language_model(replace(config, credit=c), V) for c in ("bptt", "rtrl"))
    params, batch = params_of(bptt), batch_of()
    windows = [{name: value[a : a + 2] for name, value in batch.items()} for a in (0, 2, 4)]
    counts = [window["weights"].sum() for window in windows]

    step = gradient_of(rtrl)

    def over_windows(forget):
        state, gradients = rtrl.training_start(params, B), []
        for window, count in zip(windows, counts, strict=True):
            (_, (state, _)), own = step(params, state, window)
            if forget:
                nothing = jax.tree.map(np.zeros_like, state.influence)
                state = state._replace(influence=nothing)
            gradients.append(jax.tree.map(lambda g, c=count: c * np.asarray(g), own))
        return jax.tree.map(lambda *parts: sum(parts), *gradients)

    _, whole = gradient_of(bptt)(params, bptt.start(params, B), batch)
    whole = jax.tree.map(lambda g: np.asarray(g) * sum(counts), whole)
    close(over_windows(forget=False), whole)
    truncated = over_windows(forget=True)
    for part in ("embed", "body"):
        pairs = zip(jax.tree.leaves(truncated[part]), jax.tree.leaves(whole[part]), strict=True)
        assert max(np.abs(a - b).max() for a, b in pairs) > 1e-3


def test_it_learns_by_chance():
    """The next id is the one before the last, which the state alone knows."""
    config = LanguageModelConfig(cell="gru", hidden=16, credit="uoro", head="tied")
    model = language_model(config, 2)
    bits = np.random.default_rng(0).integers(0, 2, (400, 8, 4))
    state = begin(
        params := quick(model.init)(jax.random.key(0)), optax.adam(0.03),
        model.training_start(params, 4), key=jax.random.key(1, impl="unsafe_rbg"),
    )  # fmt: skip
    step = train_step(model.loss, optax.adam(0.03))
    stream = bits.reshape(-1, 4)
    losses = []
    for t in range(1, 300):
        a = 8 * t
        batch = {
            "inputs": stream[a : a + 8], "targets": stream[a - 1 : a + 7],
            "weights": np.ones((8, 4), np.float32),
        }  # fmt: skip
        state, metrics = step(state, batch, Adaptation(scale=1.0, averaging=False))
        losses.append(float(metrics["loss"][0] / metrics["loss"][1]))
    assert np.mean(losses[-20:]) < 0.2 < 0.6 < losses[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"credit": "rtl"}, "credit: got 'rtl', want one of bptt, eprop, .*did you mean 'rtrl'"),
        ({"layers": 2}, "layers: got 2, want 1 with credit=rtrl"),
        ({"dropout": 0.5}, "dropout_input: got 0.5, want 0 with credit=rtrl"),
        ({"dropout_words": 0.5}, "dropout_words: got 0.5, want 0 with credit=rtrl"),
        ({"weight_drop": 0.5}, "weight_drop: got 0.5, want 0 with credit=rtrl"),
        ({"cell": "gru_reset_before", "credit": "eprop"}, "eprop cannot serve gru_reset_before"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        language_model(replace(CONFIG, **{"credit": "rtrl", **change}), V)
