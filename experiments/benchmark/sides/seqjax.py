"""seqjax as a side of the benchmark."""

from __future__ import annotations

import jax

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Network, seqjax_layers, stacked
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.sides.jax_network import network_side
from seqjax.basics.types import Params


def seqjax_side(case: Case, problem: Problem, driver: str = "auto") -> Side:
    """The layers of seqjax under the driver of that name."""
    layers = seqjax_layers(case, driver)

    def outputs(params: Params, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        return layers.apply(params, xs, lengths)[1]

    def start(params: Params, batch: int) -> tuple:
        return layers.start(params, (batch,))

    network = Network(stacked, outputs, start, layers.step)
    return network_side(f"seqjax {driver}", case, problem, network)
