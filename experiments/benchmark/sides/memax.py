"""memax as a side of the benchmark: its linear recurrent unit, vmapped over rows."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, Weights
from experiments.benchmark.problem import Problem, Side, peer, plain_sequences
from experiments.benchmark.sides.jax_network import network_side


def memax_side(case: Case, problem: Problem) -> Side:
    """``memax.equinox.semigroups.lru.LRU`` of H complex states.

    It is another function than seqjax's ``lru`` of H / 2 complex states: its own checks want as
    many states as outputs, and the matrix C and the way past the recurrence are in it, which takes
    more products. Its weights are its own.

    Raises:
      Unsupported: for another cell, several layers, or sequences that are not plain.
    """
    peer("memax")
    plain_sequences(case, "memax")
    if case.cell != "lru":
        raise Unsupported(f"memax: {case.cell} is not compared with")
    if case.shape.layers > 1 or case.mode == "latency" or case.shape.inputs != case.shape.hidden:
        raise Unsupported("memax: one layer with D = H is compared, over whole sequences")
    import equinox
    from memax.equinox.semigroups.lru import LRU

    hidden = case.shape.hidden
    model = LRU(recurrent_size=hidden, hidden_size=hidden, key=jax.random.key(0))
    arrays, rest = equinox.partition(model, equinox.is_inexact_array)

    def outputs(weights: Any, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        unit, starts = equinox.combine(weights, rest), jnp.zeros(len(xs), bool)

        def row(xs: jax.Array) -> jax.Array:
            ys: jax.Array = unit(unit.initialize_carry(), (xs, starts))[1]
            return ys

        return jax.vmap(row, 1, 1)(xs)

    def store(params: Weights) -> Any:
        return arrays

    network = Network(store, outputs, lambda weights, batch: None, None, same_function=False)
    return network_side("memax", case, problem, network)
