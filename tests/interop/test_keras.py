"""Parity with keras.layers: outputs at all steps and final states, weights going both ways."""

import os
from functools import cache

import jax
import numpy as np
import pytest

from seqjax.cells import gru, gru_reset_before, lstm, rnn
from seqjax.interop import keras as interop

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

# keras' Variable.numpy() speaks NumPy 1's protocol, which NumPy 2 still understands.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

D, H = 5, 4
CASES = {
    "rnn tanh": (rnn, {}, keras.layers.SimpleRNN, {}),
    "rnn relu": (rnn, {"activation": "relu"}, keras.layers.SimpleRNN, {"activation": "relu"}),
    "lstm": (lstm, {}, keras.layers.LSTM, {}),
    "gru": (gru, {}, keras.layers.GRU, {}),
    "gru_reset_before": (gru_reset_before, {}, keras.layers.GRU, {"reset_after": False}),
}
kinds = pytest.mark.parametrize("kind", CASES)
# Every kind as one layer, and two kinds in every form.
cases = pytest.mark.parametrize(
    ("kind", "widths", "both"),
    [(kind, (4,), False) for kind in CASES]
    + [(kind, *form) for kind in ("lstm", "gru") for form in [((4,), True), ((4, 3), True)]],
)


@cache
def cells(kind, widths=(H,)):
    make, options, _, _ = CASES[kind]
    return [make(width, **options) for width in widths]


@cache
def layers(kind, widths=(H,), both=False, **more):
    """Built keras layers, batch first, giving outputs and states; each test sets their weights."""
    _, _, make, options = CASES[kind]
    built, d = [], D
    for width in widths:
        layer = make(width, return_sequences=True, return_state=True, **options, **more)
        layer = keras.layers.Bidirectional(layer) if both else layer
        layer.build((None, None, d))
        built.append(layer)
        d = width * (1 + both)
    return built


def randomize(built, noise):
    for layer in built:
        layer.set_weights([noise(*weight.shape) for weight in layer.get_weights()])


@cache
def walk(layer):
    """(trainable weights, other weights, inputs) -> outputs of ``layer``, compiled."""
    return jax.jit(lambda *given: layer.stateless_call(*given)[0])


def theirs(built, xs, both):
    """(outputs, final states, layer by layer and forward before backward), time first."""
    hs, states = np.swapaxes(xs, 0, 1), []
    for layer in built:
        weights = (
            [w.value for w in ws]
            for ws in (layer.trainable_variables, layer.non_trainable_variables)
        )
        hs, *last = walk(layer)(*weights, hs)
        half = len(last) // 2
        states += [last[:half], last[half:]] if both else [last]
    return np.swapaxes(np.asarray(hs), 0, 1), states


@cases
def test_theirs_to_ours(kind, widths, both, noise, xs, build, states, same):
    built = layers(kind, widths, both)
    randomize(built, noise)
    params = interop.load(built, cells(kind, widths))
    carry, hs = build(cells(kind, widths), both=both).apply(params, xs)
    same((hs, states(carry, len(widths), both)), theirs(built, xs, both))


@cases
def test_ours_to_theirs(kind, widths, both, drawn, xs, build, states, same):
    layer, built = build(cells(kind, widths), both=both), layers(kind, widths, both)
    params = drawn(layer)
    stored = interop.store(params, cells(kind, widths))
    for one, arrays in zip(built, stored if len(widths) > 1 else [stored], strict=True):
        one.set_weights(arrays)
    carry, hs = layer.apply(params, xs)
    same((hs, states(carry, len(widths), both)), theirs(built, xs, both))


@kinds
def test_plain_arrays(kind, noise, xs, build, states, same):
    (layer,) = layers(kind)
    randomize([layer], noise)
    (cell,) = cells(kind)
    carry, hs = build(cell).apply(interop.load(layer.get_weights(), cell), xs)
    same((hs, states(carry)), theirs([layer], xs, False))


@kinds
def test_layer_without_biases(kind, noise, xs, build, states, same):
    (layer,) = layers(kind, use_bias=False)
    randomize([layer], noise)
    (cell,) = cells(kind)
    carry, hs = build(cell).apply(interop.load(layer, cell), xs)
    same((hs, states(carry)), theirs([layer], xs, False))


ERRORS = {
    "another kind": ("lstm", {}, gru(H), "cell: got gru, but layer .* is a lstm"),
    "resets after": ("gru", {}, gru_reset_before(H), "is a gru"),
    "resets before": ("gru_reset_before", {}, gru(H), "is a gru_reset_before"),
    "tanh for relu": ("rnn relu", {}, rnn(H), "cell: got an rnn with tanh"),
    "relu for tanh": ("rnn tanh", {}, rnn(H, activation="relu"), "cell: got an rnn with relu"),
    "width": ("lstm", {}, lstm(H + 1), "weights: got input kernel"),
    "gates": ("lstm", {"recurrent_activation": "hard_sigmoid"}, lstm(H), "hard_sigmoid gates"),
    "output": ("gru", {"activation": "relu"}, gru(H), "activation relu"),
    "neither": ("rnn tanh", {"activation": "elu"}, rnn(H), "activation elu"),
}


@pytest.mark.parametrize("case", ERRORS)
@pytest.mark.parametrize("both", [False, True])
def test_load_refuses(case, both):
    kind, more, cell, message = ERRORS[case]
    with pytest.raises(ValueError, match=message):
        interop.load(layers(kind, both=both, **more)[0], cell)


def test_load_refuses_arrays_that_do_not_fit():
    before, after = (layers(k)[0].get_weights() for k in ("gru_reset_before", "gru"))
    with pytest.raises(ValueError, match=r"layer: got bias \[12\], but gru wants \[2, 3H\]"):
        interop.load(before, gru(H))
    with pytest.raises(ValueError, match=r"weights: got bias \[2, 12\]"):
        interop.load(after, gru_reset_before(H))
    with pytest.raises(ValueError, match="layer: got 1 arrays"):
        interop.load(after[:1], gru(H))
    with pytest.raises(ValueError, match="cell: got 1 for 2 layers"):
        interop.load([after, after], [gru(H)])
    with pytest.raises(ValueError, match="weights: got inputs of width 5 in layer 1, want 4"):
        interop.load([after, after], gru(H))


def test_store_refuses_what_keras_does_not_have(build, drawn):
    cell = lstm(H, projection=3)
    with pytest.raises(ValueError, match="params: got w_p, but keras"):
        interop.store(drawn(build(cell)), cell)
