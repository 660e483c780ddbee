"""jax.experimental.rnn as a side of the benchmark: cuDNN's LSTM, called from JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, Weights, case_cell
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.sides.jax_network import network_side
from seqjax.interop import weights as conventions


def cudnn_side(case: Case, problem: Problem) -> Side:
    """All layers and directions in one call of cuDNN."""
    if jax.default_backend() != "gpu":
        raise Unsupported(f"jax.experimental.rnn wants a GPU, got {jax.default_backend()}")
    if case.cell != "lstm" or case.dtype != "float32":
        raise Unsupported(f"jax.experimental.rnn has no {case.cell} in {case.dtype}")
    shape = case.shape

    def store(params: Weights) -> jax.Array:
        """One vector: of every layer and direction w_x and w_h, then of every one both biases."""
        cell = case_cell(case)
        stored = [conventions.store("torch", each, cell) for layer in params for each in layer]
        kernels = [array for each in stored for array in (each.w_x, each.w_h)]
        biases = [array for each in stored for array in (each.b_x, each.b_h)]
        return jnp.concatenate([jnp.ravel(array) for array in kernels + biases])

    def start(weights: jax.Array, batch: int) -> tuple[jax.Array, jax.Array]:
        zero = jnp.zeros((shape.layers * shape.directions, batch, shape.hidden))
        return zero, zero

    def lstm(weights: jax.Array, xs: jax.Array, lengths: jax.Array, state: tuple) -> tuple:
        return rnn.lstm(
            xs, *state, weights, lengths, shape.inputs, shape.hidden, shape.layers, 0.0,
            shape.bidirectional,
        )  # fmt: skip

    def outputs(weights: jax.Array, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        batch, steps = xs.shape[:2]
        full = jnp.full(batch, steps, jnp.int32)
        state = start(weights, batch)
        ys = lstm(weights, xs, full if lengths is None else lengths, state)[0]
        if lengths is None:
            return ys
        return jnp.where((jnp.arange(steps) < lengths[:, None])[..., None], ys, 0)

    def step(weights: jax.Array, state: tuple, x: jax.Array) -> tuple[tuple, jax.Array]:
        ys, h, c = lstm(weights, x[:, None], jnp.ones(len(x), jnp.int32), state)
        return (h, c), ys[:, 0]

    network = Network(store, outputs, start, step, batch_first=True)
    note = "TF32 products, unless jax_default_matmul_precision forbids them"
    return network_side("jax.experimental.rnn", case, problem, network, note)
