"""keras 3 on its JAX backend as a side of the benchmark."""

from __future__ import annotations

import os
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Weights, cell_of
from experiments.benchmark.problem import Problem, Side, Unsupported, peer
from experiments.benchmark.program import Network
from experiments.benchmark.sides.jax import side
from seqjax.basics.types import Params
from seqjax.interop import weights as interop

KINDS = {"lstm": "LSTM", "gru": "GRU", "rnn": "SimpleRNN"}


def _library() -> Any:
    """keras, on JAX if it was not imported before."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = peer("keras")
    if keras.backend.backend() != "jax":
        raise Unsupported(f"keras runs on {keras.backend.backend()}; want KERAS_BACKEND=jax")
    return keras


def _layers(case: Case) -> list[Any]:
    """Built layers, batch first; padding is masked and gives zero."""
    layers, shape = _library().layers, case.shape
    options: dict[str, Any] = {"return_sequences": True, "dtype": case.dtype}
    options["return_state"] = case.mode == "latency"
    # The problem's weights take the place of these; orthogonal ones cannot be made in bfloat16.
    options["recurrent_initializer"] = "zeros"
    built = []
    for d in shape.widths:
        # A Bidirectional asks its layers for zeros itself, and loses the option in copying them.
        layer = getattr(layers, KINDS[case.cell])(
            shape.hidden, zero_output_for_mask=True, **options
        )
        layer = layers.Bidirectional(layer, dtype=case.dtype) if shape.bidirectional else layer
        layer.build((shape.batch, shape.steps, d))
        built.append(layer)
    return built


def keras_side(case: Case, given: Problem) -> Side:
    """keras.layers.LSTM, GRU or SimpleRNN, also Bidirectional, by ``stateless_call``."""
    layers = _layers(case)

    def arrays(params: Params) -> list[jax.Array]:
        w_x, w_h, b_x, b_h, _ = interop.store("keras", params, cell_of(case))
        return [w_x, w_h, jnp.stack([b_x, b_h]) if case.cell == "gru" else b_x]

    def store(params: Weights) -> list[list[jax.Array]]:
        return [[array for one in layer for array in arrays(one)] for layer in params]

    def call(number: int, weights: list, xs: jax.Array, **options: Any) -> Any:
        frozen = [variable.value for variable in layers[number].non_trainable_variables]
        return layers[number].stateless_call(weights[number], frozen, xs, **options)[0]

    def outputs(weights: list, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        mask = None if lengths is None else jnp.arange(xs.shape[1]) < lengths[:, None]
        for number in range(len(layers)):
            xs = call(number, weights, xs, mask=mask)
        return xs

    def start(weights: list, batch: int) -> list:
        zero = jnp.zeros((batch, case.shape.hidden), case.dtype)
        return [[zero] * (2 if case.cell == "lstm" else 1) for _ in weights]

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for number, carry in enumerate(state):
            ys, *carry = call(number, weights, x[:, None], initial_state=carry)
            after.append(carry)
            x = ys[:, 0]
        return after, x

    return side("keras", case, given, Network(store, outputs, start, step, batch_first=True))
