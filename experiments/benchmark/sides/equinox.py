"""equinox as a side of the benchmark: its cells, walked over time in one direction."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, Weights, case_cell
from experiments.benchmark.problem import Problem, Side, peer, plain_sequences
from experiments.benchmark.sides.jax_network import network_side
from seqjax.interop import equinox


def equinox_side(case: Case, problem: Problem) -> Side:
    """equinox.nn.LSTMCell or GRUCell, vmapped over the batch, under lax.scan."""
    peer("equinox")
    plain_sequences(case, "equinox")
    if case.cell == "rnn":
        raise Unsupported("equinox has no simple recurrent cell")

    def store(params: Weights) -> list:
        return [equinox.store(direction, case_cell(case)) for (direction,) in params]

    def start(weights: list, batch: int) -> list:
        zero = jnp.zeros((batch, case.shape.hidden), case.dtype)
        return [(zero, zero) if case.cell == "lstm" else zero for _ in weights]

    def cell_step(cell: Any, carry: Any, x: jax.Array) -> tuple[Any, jax.Array]:
        carry = jax.vmap(cell)(x, carry)
        return carry, carry[0] if case.cell == "lstm" else carry

    def outputs(weights: list, xs: jax.Array, lengths: Any) -> jax.Array:
        for cell, zero in zip(weights, start(weights, xs.shape[1]), strict=True):
            xs = jax.lax.scan(partial(cell_step, cell), zero, xs)[1]
        return xs

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for cell, carry in zip(weights, state, strict=True):
            carry, x = cell_step(cell, carry, x)
            after.append(carry)
        return after, x

    return network_side("equinox", case, problem, Network(store, outputs, start, step))
