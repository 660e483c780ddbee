"""jax.experimental.rnn as a side of the benchmark: cuDNN's LSTM, called from JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Weights, cell_of
from experiments.benchmark.problem import Problem, Side, Unsupported
from experiments.benchmark.program import Network
from experiments.benchmark.sides.jax import side
from seqjax.interop import weights as interop


def cudnn_side(case: Case, given: Problem) -> Side:
    """All layers and directions in one call of cuDNN."""
    if jax.default_backend() != "gpu":
        raise Unsupported(f"jax.experimental.rnn wants a GPU, got {jax.default_backend()}")
    if case.cell != "lstm" or case.dtype != "float32":
        raise Unsupported(f"jax.experimental.rnn has no {case.cell} in {case.dtype}")
    shape = case.shape

    def store(params: Weights) -> jax.Array:
        """One vector: of every layer and direction w_x and w_h, then of every one both biases."""
        each = [interop.store("torch", one, cell_of(case)) for layer in params for one in layer]
        kernels = [array for one in each for array in (one.w_x, one.w_h)]
        biases = [array for one in each for array in (one.b_x, one.b_h)]
        return jnp.concatenate([jnp.ravel(array) for array in kernels + biases])

    def start(weights: jax.Array, batch: int) -> tuple[jax.Array, jax.Array]:
        zero = jnp.zeros((shape.layers * shape.directions, batch, shape.hidden))
        return zero, zero

    def walk(weights: jax.Array, xs: jax.Array, lengths: jax.Array, state: tuple) -> tuple:
        return rnn.lstm(
            xs, *state, weights, lengths, shape.inputs, shape.hidden, shape.layers, 0.0,
            shape.bidirectional,
        )  # fmt: skip

    def outputs(weights: jax.Array, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        batch, steps = xs.shape[:2]
        full = jnp.full(batch, steps, jnp.int32)
        state = start(weights, batch)
        ys = walk(weights, xs, full if lengths is None else lengths, state)[0]
        if lengths is None:
            return ys
        return jnp.where((jnp.arange(steps) < lengths[:, None])[..., None], ys, 0)

    def step(weights: jax.Array, state: tuple, x: jax.Array) -> tuple[tuple, jax.Array]:
        ys, h, c = walk(weights, x[:, None], jnp.ones(len(x), jnp.int32), state)
        return (h, c), ys[:, 0]

    net = Network(store, outputs, start, step, batch_first=True)
    note = "TF32 products, unless jax_default_matmul_precision forbids them"
    return side("jax.experimental.rnn", case, given, net, note)
