"""keras 3 on its JAX backend as a side of the benchmark."""

from __future__ import annotations

import os
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, Weights, case_cell
from experiments.benchmark.problem import Problem, Side, peer
from experiments.benchmark.sides.jax_network import network_side
from seqjax.basics.types import Params
from seqjax.interop import weights as conventions

KERAS_LAYERS = {"lstm": "LSTM", "gru": "GRU", "rnn": "SimpleRNN"}


def _keras() -> Any:
    """The library, on JAX if it was not imported before."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = peer("keras")
    if keras.backend.backend() != "jax":
        raise Unsupported(f"keras runs on {keras.backend.backend()}; want KERAS_BACKEND=jax")
    return keras


def _built_layers(case: Case) -> list[Any]:
    """Batch first; padding is masked and gives zero."""
    library, shape = _keras().layers, case.shape
    options: dict[str, Any] = {"return_sequences": True, "dtype": case.dtype}
    options["return_state"] = case.mode == "latency"
    # The problem's weights take the place of these; orthogonal ones cannot be made in bfloat16.
    options["recurrent_initializer"] = "zeros"
    layers = []
    for width in shape.input_widths:
        # A Bidirectional asks its layers for zeros itself, and loses the option in copying them.
        layer = getattr(library, KERAS_LAYERS[case.cell])(
            shape.hidden, zero_output_for_mask=True, **options
        )
        layer = library.Bidirectional(layer, dtype=case.dtype) if shape.bidirectional else layer
        layer.build((shape.batch, shape.steps, width))
        layers.append(layer)
    return layers


def keras_side(case: Case, problem: Problem) -> Side:
    """keras.layers.LSTM, GRU or SimpleRNN, also Bidirectional, by ``stateless_call``."""
    layers = _built_layers(case)

    def arrays(params: Params) -> list[jax.Array]:
        w_x, w_h, b_x, b_h, _ = conventions.store("keras", params, case_cell(case))
        return [w_x, w_h, jnp.stack([b_x, b_h]) if case.cell == "gru" else b_x]

    def store(params: Weights) -> list[list[jax.Array]]:
        return [[array for each in layer for array in arrays(each)] for layer in params]

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

    network = Network(store, outputs, start, step, batch_first=True)
    return network_side("keras", case, problem, network)
