"""haiku as a side of the benchmark: its cells, walked over time in one direction."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Network, Weights, case_cell
from experiments.benchmark.problem import Problem, Side, peer, plain_sequences
from experiments.benchmark.sides.jax_network import network_side
from seqjax.basics.types import Params
from seqjax.cells import gru_reset_before, rnn
from seqjax.interop import haiku


def haiku_side(case: Case, problem: Problem) -> Side:
    """hk.dynamic_unroll of hk.LSTM, hk.GRU or hk.VanillaRNN, a layer after the other."""
    hk = peer("haiku")
    plain_sequences(case, "haiku")
    hidden, dtype = case.shape.hidden, jnp.dtype(case.dtype)
    kind = {"lstm": hk.LSTM, "gru": hk.GRU, "rnn": hk.VanillaRNN}[case.cell]
    # haiku's own gru and rnn are these; they take the same weights, but are other functions.
    others = {"gru": gru_reset_before(hidden), "rnn": rnn(hidden, activation="relu")}
    notes = {"gru": "another function: resets before the product", "rnn": "another function: relu"}
    cell = others.get(case.cell) or case_cell(case)

    def zeros(core: Any, batch: int) -> Any:
        return jax.tree.map(lambda a: a.astype(dtype), core.initial_state(batch))

    def pure(function: Any) -> Any:
        return hk.without_apply_rng(hk.transform(lambda *args: function(kind(hidden), *args))).apply

    apply_all = pure(lambda core, xs: hk.dynamic_unroll(core, xs, zeros(core, xs.shape[1]))[0])
    apply_start, apply_step = pure(zeros), pure(lambda core, x, state: core(x, state))

    def store_cell(params: Params) -> dict:
        with jax.ensure_compile_time_eval():  # for the check of the activation
            return haiku.store({n: a for n, a in params.items() if n != "b_n"}, cell)

    def store(params: Weights) -> list[dict]:
        return [store_cell(direction) for (direction,) in params]

    def outputs(weights: list, xs: jax.Array, lengths: Any) -> jax.Array:
        for tree in weights:
            xs = apply_all(tree, xs)
        return xs

    def start(weights: list, batch: int) -> list:
        return [apply_start(tree, batch) for tree in weights]

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for tree, carry in zip(weights, state, strict=True):
            x, carry = apply_step(tree, x, carry)
            after.append(carry)
        return after, x

    network = Network(store, outputs, start, step, same_function=case.cell not in others)
    return network_side("haiku", case, problem, network, notes.get(case.cell, ""))
