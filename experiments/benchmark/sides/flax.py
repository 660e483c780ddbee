"""flax.linen.RNN and Bidirectional as sides of the benchmark, one side a cell of flax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Weights, cell_of, stacked
from experiments.benchmark.problem import Problem, Side, peer
from experiments.benchmark.program import Network
from experiments.benchmark.sides.jax import side
from seqjax.interop import linen

CELLS = {
    "lstm": ("OptimizedLSTMCell", "LSTMCell"),
    "gru": ("GRUCell",),
    "rnn": ("SimpleCell",),
}
"""Those of flax that are ours."""


def flax_side(case: Case, given: Problem, kind: str) -> Side:
    """The stack of nn.RNN or nn.Bidirectional of the cell named ``kind``, time first.

    flax leaves what it computed in the padding; here it is put to zero, as a loss must do.
    """
    nn = peer("flax.linen")
    shape, dtype = case.shape, jnp.dtype(case.dtype)
    cell = getattr(nn, kind)(shape.hidden, dtype=dtype, param_dtype=dtype)

    def one() -> Any:
        return nn.RNN(cell.clone(), time_major=True)

    module = nn.Bidirectional(one(), one(), time_major=True) if shape.bidirectional else one()

    def store(params: Weights) -> list[dict[str, Any]]:
        return linen.store(stacked(params), cell_of(case))

    def outputs(weights: list, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        steps = jnp.arange(xs.shape[0])
        for tree in weights:
            xs = module.apply({"params": tree}, xs, seq_lengths=lengths)
        return xs if lengths is None else jnp.where((steps[:, None] < lengths)[..., None], xs, 0)

    def start(weights: list, batch: int) -> list:
        return [cell.initialize_carry(jax.random.key(0), (batch, d)) for d in shape.widths]

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for tree, carry in zip(weights, state, strict=True):
            carry, x = cell.apply({"params": tree["cell"]}, carry, x)
            after.append(carry)
        return after, x

    return side(f"flax {kind}", case, given, Network(store, outputs, start, step))
