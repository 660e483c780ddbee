"""Several layers and two directions: lists of cells' parameters to and from one tree.

    one layer            the cell's own dict, {"w_x": ..., ...}
    two directions       {"forward": ..., "backward": ...}
    several layers       {"0": ..., "1": ..., ...}, as ``seqjax.layers.stack`` has them

A stack of one layer has the first form here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from seqjax.basics.cell import Cell
from seqjax.basics.types import Params

T = TypeVar("T")
DIRECTIONS = ("forward", "backward")


def cells(cell: Cell | Sequence[Cell], layers: int) -> list[Cell]:
    """One cell a layer; a single one serves all.

    Raises:
      ValueError: for another number of cells than of layers.

    >>> from seqjax.cells import gru
    >>> [cell.width for cell in cells(gru(4), layers=2)]
    [4, 4]
    """
    if isinstance(cell, Cell):
        return [cell] * layers
    if len(cell) != layers:
        raise ValueError(f"cell: got {len(cell)} for {layers} layers, want one a layer, or one")
    return list(cell)


def nest(
    layers: Sequence[Sequence[T]], cell: Cell | Sequence[Cell], load: Callable[[T, Cell], Params]
) -> Params:
    """[layer][direction] of a library's weights -> parameters.

    Raises:
      ValueError: for layers that do not fit on each other, or not one cell a layer.
    """
    params, below = [], None
    for i, (directions, its_cell) in enumerate(zip(layers, cells(cell, len(layers)), strict=True)):
        loaded = [load(direction, its_cell) for direction in directions]
        widths = [direction["w_x"].shape[0] for direction in loaded]
        want = below or widths[0]
        for d in widths:
            if d != want:
                raise ValueError(f"weights: got inputs of width {d} in layer {i}, want {want}")
        below = its_cell.width * len(loaded)
        params.append(loaded[0] if len(loaded) == 1 else dict(zip(DIRECTIONS, loaded, strict=True)))
    return params[0] if len(params) == 1 else {str(i): p for i, p in enumerate(params)}


def unnest(
    params: Params, cell: Cell | Sequence[Cell], store: Callable[[Params, Cell], T]
) -> list[list[T]]:
    """Parameters -> [layer][direction] of a library's weights.

    Layers without parameters, such as dropout in a stack, are passed over.

    Raises:
      ValueError: for a tree that is not of the three forms above, or not one cell a layer.
    """
    layers = [params]
    if params and all(isinstance(key, str) and key.isdecimal() for key in params):
        layers = [params[key] for key in sorted(params, key=int) if params[key]]
    stored = []
    for layer, its_cell in zip(layers, cells(cell, len(layers)), strict=True):
        both = set(layer) == set(DIRECTIONS)
        directions = [layer[direction] for direction in DIRECTIONS] if both else [layer]
        stored.append([store(direction, its_cell) for direction in directions])
    return stored
