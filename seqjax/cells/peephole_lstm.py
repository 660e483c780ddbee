"""LSTM whose gates look at the memory."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.cells.gated_cell import gated_cell
from seqjax.cells.lstm import project_output


def _combine(params: Params, pre: Array, carry: Carry, side: Tree) -> Carry:
    p_i, p_f, p_o = jnp.split(params["w_c"].astype(pre.dtype), 3)
    i, f, g, o = jnp.split(pre, 4, axis=-1)
    c_old = carry[1]
    i, f = jax.nn.sigmoid(i + p_i * c_old), jax.nn.sigmoid(f + p_f * c_old)
    c = f * c_old + i * jnp.tanh(g)
    o = jax.nn.sigmoid(o + p_o * c)
    return project_output(params, o * jnp.tanh(c)), c


def peephole_lstm(
    hidden: int,
    *,
    forget_bias: float | None = None,
    init: str | Init = "default",
    heads: int = 1,
    projection: int | None = None,
    learn_start: bool = False,
) -> Cell:
    """LSTM with peephole connections (Gers and Schmidhuber 2000; Graves 2013, equations 7 to 11).

        i, f = σ(x_t w_x + h_{t-1} w_h + w_c ⊙ c_{t-1} + b) for each
        c_t  = f ⊙ c_{t-1} + i ⊙ tanh(x_t w_x + h_{t-1} w_h + b)
        o    = σ(x_t w_x + h_{t-1} w_h + w_c ⊙ c_t + b)
        h_t  = o ⊙ tanh(c_t),  or (o ⊙ tanh(c_t)) w_p

    Blocks in order: i f g o, and i f o in w_c, which begins at zero, or where ``init`` puts it.
    Shapes: as ``lstm``, and w_c [3H]. Carry: (h [B, P], c [B, H]). Arguments and errors: ``lstm``.
    """
    return gated_cell(
        "peephole_lstm",
        hidden,
        Gate(_combine),  # the gates look at c as well, so that nothing is activated before
        blocks=4,
        memory=True,
        init=init,
        heads=heads,
        projection=projection,
        learn_start=learn_start,
        forget=1,
        forget_bias=forget_bias,
        vectors={"w_c": 3},
    )
