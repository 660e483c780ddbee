"""LSTM with coupled input and forget gates."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.lstm import project_output


def _combine(params: Params, blocks: list[Array], carry: Carry, side: Tree) -> Carry:
    f, g, o = blocks
    c = f * carry[1] + (1 - f) * g
    return project_output(params, o * jnp.tanh(c)), c


def cifg_lstm(
    hidden: int,
    *,
    forget_bias: float | None = None,
    init: str | Init = "default",
    heads: int = 1,
    projection: int | None = None,
    learn_start: bool = False,
) -> Cell:
    """LSTM whose input gate is 1 - f (Greff et al. 2017, variant CIFG).

        f, o = σ(x_t w_x + h_{t-1} w_h + b) for each      g = tanh(the same)
        c_t = f ⊙ c_{t-1} + (1 - f) ⊙ g
        h_t = o ⊙ tanh(c_t),  or (o ⊙ tanh(c_t)) w_p

    Blocks in order: f g o. Shapes: w_x [D, 3H], w_h [P, 3H], b [3H], w_p [H, P]. Carry:
    (h [B, P], c [B, H]). Arguments and errors: ``lstm``.
    """
    return gated_cell(
        "cifg_lstm",
        hidden,
        Gate(_combine, "sts"),
        memory=True,
        init=init,
        heads=heads,
        projection=projection,
        learn_start=learn_start,
        forget=0,
        forget_bias=forget_bias,
    )
