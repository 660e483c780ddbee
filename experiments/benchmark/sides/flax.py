"""flax.linen.RNN and Bidirectional as sides of the benchmark, one side a cell of flax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from experiments.benchmark.cases import Case
from experiments.benchmark.network import Network, Weights, case_cell, stacked
from experiments.benchmark.problem import Problem, Side, peer
from experiments.benchmark.sides.jax_network import network_side
from seqjax.interop import linen

FLAX_CELLS = {
    "lstm": ("OptimizedLSTMCell", "LSTMCell"),
    "gru": ("GRUCell",),
    "rnn": ("SimpleCell",),
}
"""Those of flax that compute what ours does, by our name."""


def flax_side(case: Case, problem: Problem, kind: str) -> Side:
    """The stack of nn.RNN or nn.Bidirectional of the cell named ``kind``, time first.

    flax leaves what it computed in the padding; here it is put to zero, as a loss must do.
    """
    nn = peer("flax.linen")
    shape, dtype = case.shape, jnp.dtype(case.dtype)
    cell = getattr(nn, kind)(shape.hidden, dtype=dtype, param_dtype=dtype)

    def direction() -> Any:
        return nn.RNN(cell.clone(), time_major=True)

    both = shape.bidirectional
    module = nn.Bidirectional(direction(), direction(), time_major=True) if both else direction()

    def store(params: Weights) -> list[dict[str, Any]]:
        return linen.store(stacked(params), case_cell(case))

    def outputs(weights: list, xs: jax.Array, lengths: jax.Array | None) -> jax.Array:
        steps = jnp.arange(xs.shape[0])
        for tree in weights:
            xs = module.apply({"params": tree}, xs, seq_lengths=lengths)
        return xs if lengths is None else jnp.where((steps[:, None] < lengths)[..., None], xs, 0)

    def start(weights: list, batch: int) -> list:
        key = jax.random.key(0)
        return [cell.initialize_carry(key, (batch, width)) for width in shape.input_widths]

    def step(weights: list, state: list, x: jax.Array) -> tuple[list, jax.Array]:
        after = []
        for tree, carry in zip(weights, state, strict=True):
            carry, x = cell.apply({"params": tree["cell"]}, carry, x)
            after.append(carry)
        return after, x

    return network_side(f"flax {kind}", case, problem, Network(store, outputs, start, step))
