"""LSTM with coupled input and forget gates."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from seqjax.basics.gates import gates
from seqjax.basics.initializers import Init
from seqjax.basics.types import Carry, Cell, Params
from seqjax.cells.lstm import Options, memory_cell, project_output


def _combine(params: Params, blocks: list[Any], carry: Carry) -> Carry:
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
    options = Options(forget_bias, init, heads, projection, learn_start)
    return memory_cell("cifg_lstm", hidden, 3, 0, gates("sts", _combine), options)
