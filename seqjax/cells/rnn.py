"""The simple recurrent network."""

from __future__ import annotations

from seqjax.basics import checks
from seqjax.basics.build import gated_cell, with_fused
from seqjax.basics.gates import gates
from seqjax.basics.initializers import Init
from seqjax.basics.types import Cell
from seqjax.cells.weights import start, weights

ACTIVATIONS = {"tanh": "t", "relu": "r"}


def rnn(
    hidden: int,
    *,
    activation: str = "tanh",
    init: str | Init = "default",
    heads: int = 1,
    learn_start: bool = False,
) -> Cell:
    """h_t = φ(x_t w_x + h_{t-1} w_h + b), with φ tanh or relu (Elman 1990).

    Shapes: w_x [D, H], w_h [H, H], b [H]. Carry: h [B, H]. Output: h.

    Args:
      hidden: H.
      activation: "tanh" or "relu".
      init: a name in ``INITIALIZERS`` or an ``Init``.
      heads: N > 1 makes w_h block-diagonal, [N, H/N, H/N].
      learn_start: make the state before the first step a parameter.

    Raises:
      ValueError: for a size below 1, an unknown name, or heads that do not divide H.
    """
    cell = gated_cell(
        name="rnn",
        width=hidden,
        init=weights(hidden, 1, init=init, heads=heads, learn_start=int(learn_start)),
        start=start(hidden),
        hidden=lambda params, h: h,
        gate=gates(
            checks.lookup("activation", ACTIVATIONS, activation), lambda params, acts, h: acts[0]
        ),
        read=lambda h: h,
    )
    return with_fused(cell, "rnn") if heads == 1 and activation == "tanh" else cell
