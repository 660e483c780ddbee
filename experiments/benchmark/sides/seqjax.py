"""seqjax as a side of the benchmark."""

from __future__ import annotations

import jax

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.network import Network, case_cell, seqjax_layers, stacked
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.sides.jax_network import network_side
from seqjax.basics.types import Params
from seqjax.drivers import DRIVERS


def seqjax_side(case: Case, problem: Problem, driver: str = "auto") -> Side:
    """The layers of seqjax under the driver of that name.

    Raises:
      Unsupported: for a cell that the driver does not walk.
    """
    if reason := DRIVERS[driver].unsupported(case_cell(case), None):
        raise Unsupported(reason)
    layers = seqjax_layers(case, driver)

    def outputs(params: Params, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        return layers.apply(params, xs, lengths)[1]

    def start(params: Params, batch: int) -> tuple:
        return layers.start(params, (batch,))

    network = Network(stacked, outputs, start, layers.step)
    return network_side(f"seqjax {driver}", case, problem, network)
