"""The gated recurrent unit with an update gate alone."""

from __future__ import annotations

from typing import Any

from seqjax.basics.build import gated_cell
from seqjax.basics.gates import gates
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Cell, Params
from seqjax.cells.weights import start, weights


def _combine(params: Params, blocks: list[Any], h: Array) -> Array:
    z, n = blocks
    return n + z * (h - n)


def gru_simple(
    hidden: int, *, init: str | Init = "default", heads: int = 1, learn_start: bool = False
) -> Cell:
    """The simplified GRU of the course on sequence models: no reset gate.

        z   = σ(x_t w_x + h_{t-1} w_h + b)
        n   = tanh(x_t w_x + h_{t-1} w_h + b)
        h_t = z ⊙ h_{t-1} + (1 - z) ⊙ n

    z keeps; the course's Γ_u is 1 - z. Blocks in order: z n. Shapes: w_x [D, 2H], w_h [H, 2H],
    b [2H]. Carry: h [B, H]. Output: h. Arguments and errors: ``rnn``.
    """
    return gated_cell(
        name="gru_simple",
        width=hidden,
        init=weights(hidden, 2, init=init, heads=heads, learn_start=int(learn_start)),
        start=start(hidden),
        hidden=lambda params, h: h,
        gate=gates("st", _combine),
        read=lambda h: h,
    )
