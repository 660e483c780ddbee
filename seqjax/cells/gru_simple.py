"""The gated recurrent unit with an update gate alone."""

from __future__ import annotations

from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells.gated_cell import gated_cell


def _combine(params: Params, blocks: list[Array], h: Array, side: Tree) -> Array:
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
        "gru_simple",
        hidden,
        Gate(_combine, "st"),
        init=init,
        heads=heads,
        learn_start=learn_start,
    )
