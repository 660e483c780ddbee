"""seqjax as a side of the benchmark."""

from __future__ import annotations

import jax

from experiments.benchmark.cases import Case
from experiments.benchmark.network import network, stacked
from experiments.benchmark.problem import Problem, Side
from experiments.benchmark.program import Network
from experiments.benchmark.sides.jax import side
from seqjax.basics.types import Params


def seqjax_side(case: Case, given: Problem, driver: str = "auto") -> Side:
    """The layers of seqjax under the driver of that name."""
    layer = network(case, driver)

    def outputs(params: Params, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        return layer.apply(params, xs, lengths)[1]

    def start(params: Params, batch: int) -> tuple:
        return layer.start(params, (batch,))

    net = Network(stacked, outputs, start, layer.step)
    return side(f"seqjax {driver}", case, given, net)
