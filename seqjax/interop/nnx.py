"""Weights to and from flax.nnx's SimpleCell, LSTMCell, OptimizedLSTMCell and GRUCell.

    SimpleCell          w_x = dense_i.kernel     w_h = dense_h.kernel     b = dense_i.bias
    LSTMCell            as in Linen, with ``if_`` for ``if``
    OptimizedLSTMCell   w_x = dense_i.kernel     w_h = dense_h.kernel     b = dense_h.bias
    GRUCell             w_x = dense_i.kernel     w_h = dense_h.kernel     b = dense_i.bias

GRUCell has no bias inside the reset: it loads as b_n = 0 and refuses any other. The two LSTM cells
differ in their weights' names and shapes. They may stand in nnx.RNN and nnx.Bidirectional. The
LSTM's carry is (c, h).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seqjax.basics.cell import Cell
from seqjax.basics.types import Params, Tree
from seqjax.interop import flax_trees, gates, linen, weights


def load(tree: Any, cell: Cell | Sequence[Cell]) -> Params:
    """Parameters from ``nnx.to_pure_dict(nnx.state(module, nnx.Param))``, copied.

    For a cell or nnx.RNN those of ``recurrent(cell)``; for nnx.Bidirectional those of
    ``bidirectional(recurrent(cell), recurrent(cell, reverse=True))``; for a list of such dicts
    those of a ``stack``. The weights of a SimpleCell do not say whether it is tanh or relu.

    Args:
      tree: {"cell": ...}, {"forward_rnn": ..., "backward_rnn": ...}, the dict of a cell, or a list
        of these, first layer first.
      cell: ``rnn``, ``lstm`` or ``gru``, of every layer, or one a layer.

    Raises:
      ValueError: for a cell of another kind or width, missing keys or unknown ones.

    >>> from flax import nnx
    >>> from seqjax.cells import gru
    >>> module = nnx.GRUCell(3, 4, rngs=nnx.Rngs(0))
    >>> load(nnx.to_pure_dict(nnx.state(module, nnx.Param)), gru(4))["w_x"].shape
    (3, 12)
    """
    return flax_trees.load(tree, cell, _load_cell)


def store(params: Params, cell: Cell | Sequence[Cell], *, optimized: bool = False) -> Tree:
    """``load`` back: a dict for ``nnx.update(module, ...)``, a list of dicts for a stack.

    Args:
      params: of one layer, two directions, or a stack of either.
      cell: of every layer, or one a layer.
      optimized: an LSTM's weights for OptimizedLSTMCell instead of LSTMCell.

    Raises:
      ValueError: for parameters that nnx has no place for, such as b_n other than 0, or that are
        not of ``cell``.
    """

    def store_cell(params: Params, cell: Cell) -> flax_trees.CellTree:
        if cell.name == "lstm" and not optimized:
            return {_attribute(name): leaf for name, leaf in linen.store_cell(params, cell).items()}
        w_x, w_h, b_x, b_h, _ = weights.store("nnx", params, cell)
        inputs = gates.convention("nnx", cell.name).bias == "x"
        return {
            "dense_i": {"kernel": w_x} | ({"bias": b_x} if inputs else {}),
            "dense_h": {"kernel": w_h} | ({} if inputs else {"bias": b_h}),
        }

    return flax_trees.store(params, cell, store_cell)


def _attribute(name: str) -> str:
    return "if_" if name == "if" else name


def _load_cell(tree: Mapping[str, Any], cell: Cell) -> Params:
    if cell.name == "lstm" and "dense_i" not in tree:
        return linen.load_cell({"if" if n == "if_" else n: leaf for n, leaf in tree.items()}, cell)
    row = gates.convention("nnx", cell.name)
    weights.same_keys(f"weights of nnx's {cell.name}", tree, ["dense_i", "dense_h"])
    for name, side in [("dense_i", "x"), ("dense_h", "h")]:
        wants = ["kernel"] + ["bias"] * (row.bias == side)
        weights.same_keys(f"weights of {name!r}", tree[name], wants)
    i, h = tree["dense_i"], tree["dense_h"]
    arrays = weights.Weights(i["kernel"], h["kernel"], i.get("bias"), h.get("bias"))
    return weights.load("nnx", arrays, cell)
