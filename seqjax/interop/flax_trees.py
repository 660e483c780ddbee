"""Where nn.RNN and nn.Bidirectional of Flax, Linen and NNX alike, keep the weights of their cells.

    nn.RNN               {"cell": ...}
    nn.Bidirectional     {"forward_rnn": {"cell": ...}, "backward_rnn": {"cell": ...}}
    several layers       a list of these

In a compact Linen module the cells of an RNN stand beside it instead, under names of their own: put
the list or the dict together from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params, Tree
from seqjax.interop import trees
from seqjax.interop.weights import same_keys

SIDES = ("forward_rnn", "backward_rnn")

CellTree = dict[str, dict[str, Array]]
"""submodule -> weight -> array"""
LayerTree = dict[str, Any]
"""of an RNN, {"cell": CellTree}, or of a Bidirectional"""


def load(
    tree: Any, cell: Cell | Sequence[Cell], load_cell: Callable[[Any, Cell], Params]
) -> Params:
    """Parameters from the weights of a cell, an RNN, a Bidirectional, or a list of these.

    Args:
      tree: of one of the forms above.
      cell: of every layer, or one a layer.
      load_cell: (weights of a cell, cell) -> its parameters.

    Raises:
      ValueError: for layers that do not fit on each other, not one cell a layer, one direction
        without the other, or what ``load_cell`` refuses.
    """
    layers = [tree] if isinstance(tree, Mapping) else list(tree)
    return trees.nest([_directions(layer) for layer in layers], cell, load_cell)


def store(
    params: Params, cell: Cell | Sequence[Cell], store_cell: Callable[[Params, Cell], CellTree]
) -> Tree:
    """The inverse: the dict of an RNN or a Bidirectional; a list of dicts for a stack.

    Raises:
      ValueError: for a tree of another form, not one cell a layer, or what ``store_cell`` refuses.
    """
    layers: list[LayerTree] = [
        {"cell": directions[0]}
        if len(directions) == 1
        else {side: {"cell": tree} for side, tree in zip(SIDES, directions, strict=True)}
        for directions in trees.unnest(params, cell, store_cell)
    ]
    return layers if "0" in params else layers[0]


def _directions(layer: Mapping[str, Any]) -> list[Any]:
    if "params" in layer:
        raise ValueError("weights: got {'params': ...}, want what it holds")
    if any(side in layer for side in SIDES):
        same_keys("weights", layer, SIDES)
        return [cell for side in SIDES for cell in _directions(layer[side])]
    return [layer["cell"] if set(layer) == {"cell"} else layer]
