"""The simple recurrent network."""

from __future__ import annotations

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.gates import Gate
from seqjax.basics.initializers import Init
from seqjax.basics.types import Array, Params, Tree
from seqjax.cells.gated_cell import gated_cell

ACTIVATIONS = {"tanh": "t", "relu": "r"}


def _combine(params: Params, blocks: list[Array], h: Array, side: Tree) -> Array:
    return blocks[0]


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
      ValueError: for a size below 1, an unknown name, or heads that do not divide H. From ``step``,
        for parameters, a carry or a z that are not the cell's.

    >>> import jax
    >>> {name: w.shape for name, w in rnn(8, heads=2).init(jax.random.key(0), 3).items()}
    {'w_x': (3, 8), 'w_h': (2, 4, 4), 'b': (8,)}
    """
    gate = Gate(_combine, checks.lookup("activation", ACTIVATIONS, activation))
    return gated_cell("rnn", hidden, gate, init=init, heads=heads, learn_start=learn_start)
