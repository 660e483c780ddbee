"""haiku and equinox as sides: libraries of cells that one walks over time, in one direction."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Weights, cell_of
from experiments.benchmark.problem import Problem, Side, Unsupported, peer
from experiments.benchmark.program import Network
from experiments.benchmark.sides.jax import side
from seqjax.basics.types import Params
from seqjax.cells import gru_reset_before, rnn
from seqjax.interop import equinox, haiku


def _plain(case: Case, library: str) -> None:
    if case.shape.bidirectional or case.shape.padded:
        raise Unsupported(f"{library} has cells alone: no lengths, no second direction")


def haiku_side(case: Case, given: Problem) -> Side:
    """hk.dynamic_unroll of hk.LSTM, hk.GRU or hk.VanillaRNN, a layer after the other."""
    hk = peer("haiku")
    _plain(case, "haiku")
    hidden, dtype = case.shape.hidden, jnp.dtype(case.dtype)
    kind = {"lstm": hk.LSTM, "gru": hk.GRU, "rnn": hk.VanillaRNN}[case.cell]
    # haiku's own gru and rnn are these; they take the same weights, but are other functions.
    others = {"gru": gru_reset_before(hidden), "rnn": rnn(hidden, activation="relu")}
    notes = {"gru": "another function: resets before the product", "rnn": "another function: relu"}
    cell = others.get(case.cell) or cell_of(case)

    def zeros(core: Any, batch: int) -> Any:
        return jax.tree.map(lambda a: a.astype(dtype), core.initial_state(batch))

    def pure(function: Any) -> Any:
        return hk.without_apply_rng(hk.transform(lambda *args: function(kind(hidden), *args))).apply

    whole = pure(lambda core, xs: hk.dynamic_unroll(core, xs, zeros(core, xs.shape[1]))[0])
    first, once = pure(zeros), pure(lambda core, x, state: core(x, state))

    def store_one(params: Params) -> dict:
        with jax.ensure_compile_time_eval():  # for the check of the activation
            return haiku.store({n: a for n, a in params.items() if n != "b_n"}, cell)

    def store(params: Weights) -> list[dict]:
        return [store_one(one) for (one,) in params]

    def outputs(weights: list, xs: jax.Array, lengths: Any) -> jax.Array:
        for tree in weights:
            xs = whole(tree, xs)
        return xs

    def start(weights: list, batch: int) -> list:
        return [first(tree, batch) for tree in weights]

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for tree, carry in zip(weights, state, strict=True):
            x, carry = once(tree, x, carry)
            after.append(carry)
        return after, x

    net = Network(store, outputs, start, step, same=case.cell not in others)
    return side("haiku", case, given, net, notes.get(case.cell, ""))


def equinox_side(case: Case, given: Problem) -> Side:
    """equinox.nn.LSTMCell or GRUCell, vmapped over the batch, under lax.scan."""
    peer("equinox")
    _plain(case, "equinox")
    if case.cell == "rnn":
        raise Unsupported("equinox has no simple recurrent cell")

    def store(params: Weights) -> list:
        return [equinox.store(one, cell_of(case)) for (one,) in params]

    def start(weights: list, batch: int) -> list:
        zero = jnp.zeros((batch, case.shape.hidden), case.dtype)
        return [(zero, zero) if case.cell == "lstm" else zero for _ in weights]

    def once(cell: Any, carry: Any, x: jax.Array) -> tuple[Any, jax.Array]:
        carry = jax.vmap(cell)(x, carry)
        return carry, carry[0] if case.cell == "lstm" else carry

    def outputs(weights: list, xs: jax.Array, lengths: Any) -> jax.Array:
        for cell, zero in zip(weights, start(weights, xs.shape[1]), strict=True):
            xs = jax.lax.scan(partial(once, cell), zero, xs)[1]
        return xs

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for cell, carry in zip(weights, state, strict=True):
            carry, x = once(cell, carry, x)
            after.append(carry)
        return after, x

    return side("equinox", case, given, Network(store, outputs, start, step))
