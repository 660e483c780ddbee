"""Weights to and from keras.layers.SimpleRNN, LSTM and GRU, alone, Bidirectional, or several.

    w_x = kernel     w_h = recurrent_kernel     b = bias
    GRU(reset_after=True), our ``gru``, has bias [2, 3H]: bias[0] + bias[1], but for block n
        b = bias[0], b_n = bias[1]
    GRU(reset_after=False), our ``gru_reset_before``, has bias [3H]

Keras itself is not needed: the weights are NumPy arrays, as in ``layer.get_weights()``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqjax.basics.cell import Cell
from seqjax.basics.types import Params
from seqjax.interop import activations, trees, weights

KINDS = {"SimpleRNN": "rnn", "LSTM": "lstm", "GRU": "gru"}


def load(layer: Any, cell: Cell | Sequence[Cell]) -> Params:
    """Parameters from a keras layer, its weights, or a list of layers, copied.

    For one layer those of ``recurrent(cell)``; for a Bidirectional those of
    ``bidirectional(recurrent(cell), recurrent(cell, reverse=True))``; for a list of either, those
    of a ``stack``. ``use_bias=False`` loads as zeros.

    Args:
      layer: a built layer, whose kind and activations are checked; or its ``get_weights()``, which
        cannot say more than its shapes; or a list of layers or of such lists, first to last.
      cell: ``rnn``, ``lstm``, ``gru`` or ``gru_reset_before``, of every layer, or one a layer.

    Raises:
      ValueError: for a cell of another kind, activation or width, or a wrong number of arrays.

    >>> from seqjax.cells import gru
    >>> load([np.zeros((3, 12)), np.zeros((4, 12)), np.zeros((2, 12))], gru(4))["b_n"].shape
    (4,)
    """
    several = isinstance(layer, Sequence) and not all(hasattr(a, "shape") for a in layer)
    layers = list(layer) if several else [layer]
    for each, its_cell in zip(layers, trees.cells(cell, len(layers)), strict=True):
        for side in ("forward_layer", "backward_layer"):
            direction = getattr(each, side, each)
            if hasattr(direction, "get_weights"):
                _check(direction, its_cell)
    return trees.nest([_directions(each) for each in layers], cell, _load_cell)


def store(params: Params, cell: Cell | Sequence[Cell]) -> list[np.ndarray] | list[list[np.ndarray]]:
    """``load`` back: NumPy arrays for ``layer.set_weights``, of a layer with biases.

    One list of arrays for one layer; a list of such lists for a stack.

    Raises:
      ValueError: for parameters that keras has no place for or that are not of ``cell``.
    """
    layers = trees.unnest(params, cell, _store_cell)
    arrays = [[array for direction in layer for array in direction] for layer in layers]
    return arrays[0] if "0" not in params else arrays


def _directions(layer: Any) -> list[list[Any]]:
    """The arrays of a layer, by direction; keras lists those of the forward layer first."""
    arrays = list(layer.get_weights()) if hasattr(layer, "get_weights") else list(layer)
    if len(arrays) not in (2, 3, 4, 6):
        raise ValueError(
            f"layer: got {len(arrays)} arrays, want a kernel, a recurrent kernel and a bias for"
            " each direction"
        )
    half = len(arrays) // 2
    return [arrays] if len(arrays) <= 3 else [arrays[:half], arrays[half:]]


def _load_cell(arrays: list[Any], cell: Cell) -> Params:
    kernel, recurrent, *biases = arrays
    bias = biases[0] if biases else None
    if bias is None or cell.name != "gru":
        return weights.load("keras", weights.Weights(kernel, recurrent, bias), cell)
    if np.ndim(bias) != 2 or len(bias) != 2:
        raise ValueError(
            f"layer: got bias {list(np.shape(bias))}, but gru wants [2, 3H], that of"
            " reset_after=True; for reset_after=False the cell is gru_reset_before"
        )
    return weights.load("keras", weights.Weights(kernel, recurrent, bias[0], bias[1]), cell)


def _store_cell(params: Params, cell: Cell) -> list[np.ndarray]:
    w_x, w_h, b_x, b_h, _ = weights.store("keras", params, cell)
    bias = np.stack([b_x, b_h]) if cell.name == "gru" else b_x
    return [np.asarray(w_x), np.asarray(w_h), np.asarray(bias)]


def _check(layer: Any, cell: Cell) -> None:
    """Refuses a layer of another kind than ``cell``, or of activations that no cell of ours has."""
    kind = KINDS.get(type(layer).__name__)
    if kind == "gru" and not layer.reset_after:
        kind = "gru_reset_before"
    if kind != cell.name:
        wants = f"is a {kind}" if kind else f"is none of {', '.join(KINDS)}"
        raise ValueError(f"cell: got {cell.name}, but layer {layer.name!r} {wants}")
    activation = layer.activation.__name__
    gate = "sigmoid" if kind == "rnn" else layer.recurrent_activation.__name__
    if kind == "rnn" and activation in ("tanh", "relu"):
        activations.check(cell, activation, f"layer {layer.name!r}")
    elif (activation, gate) != ("tanh", "sigmoid"):
        raise ValueError(
            f"layer: got {layer.name!r} with activation {activation} and {gate} gates, want tanh"
            " and sigmoid"
        )
