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

from seqjax.basics.types import Cell, Params
from seqjax.interop import trees
from seqjax.interop.weights import same_keys

SIDES = ("forward_rnn", "backward_rnn")


def load(
    tree: Any, cell: Cell | Sequence[Cell], load_cell: Callable[[Any, Cell], Params]
) -> Params:
    """Parameters from the weights of a cell, an RNN, a Bidirectional, or a list of these."""
    layers = [tree] if isinstance(tree, Mapping) else list(tree)
    return trees.nest([_directions(layer) for layer in layers], cell, load_cell)


def store(
    params: Params, cell: Cell | Sequence[Cell], store_cell: Callable[[Params, Cell], dict]
) -> Any:
    """The inverse: the dict of an RNN or a Bidirectional; a list of dicts for a stack."""
    layers = [
        {"cell": layer[0]}
        if len(layer) == 1
        else {side: {"cell": one} for side, one in zip(SIDES, layer, strict=True)}
        for layer in trees.unnest(params, cell, store_cell)
    ]
    return layers if "0" in params else layers[0]


def _directions(layer: Mapping[str, Any]) -> list[Any]:
    if "params" in layer:
        raise ValueError("weights: got {'params': ...}, want what it holds")
    if any(side in layer for side in SIDES):
        same_keys("weights", layer, SIDES)
        return [one for side in SIDES for one in _directions(layer[side])]
    return [layer["cell"] if set(layer) == {"cell"} else layer]
