"""Weights to and from torch.nn.RNN, LSTM and GRU: any number of layers, one direction or both.

    w_x = weight_ih^T     w_h = weight_hh^T     w_p = weight_hr^T     b = bias_ih + bias_hh
    GRU's block n: b = bias_ih, b_n = bias_hh

torch keeps two biases whose sum alone matters, except in that last line; they learn twice as fast
as one. Its final states h_n [layers * directions, B, P] go layer by layer, forward before backward.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from seqjax.basics.cell import Cell
from seqjax.basics.optional import optional_module
from seqjax.basics.types import Params
from seqjax.interop import activations, trees, weights

KEY = re.compile(r"(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)_l(\d+)(_reverse)?")
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")  # as in weights.Weights
MODES = {"RNN_TANH": "rnn", "RNN_RELU": "rnn", "LSTM": "lstm", "GRU": "gru"}


def load(module: Any, cell: Cell) -> Params:
    """Parameters from a torch module or its ``state_dict()``, copied.

    For one layer in one direction those of ``recurrent(cell)``; with both directions of
    ``bidirectional(recurrent(cell), recurrent(cell, reverse=True))``; with several layers of a
    ``stack`` of these. ``bias=False`` loads as zeros.

    Args:
      module: a module, whose kind and nonlinearity are checked, or a mapping of tensors or arrays,
        which cannot say whether its rnn is tanh or relu.
      cell: ``rnn``, ``lstm`` (with ``projection`` for ``proj_size``) or ``gru``, of every layer.

    Raises:
      ValueError: for a cell of another kind, nonlinearity or width, missing keys or unknown ones.

    >>> from seqjax.cells import gru
    >>> shapes = {"weight_ih_l0": (12, 3), "weight_hh_l0": (12, 4)}
    >>> load({name: np.zeros(shape) for name, shape in shapes.items()}, gru(4))["w_x"].shape
    (3, 12)
    """
    mode = getattr(module, "mode", None)
    if mode is not None:
        if MODES[mode] != cell.name:
            raise ValueError(f"cell: got {cell.name} for a torch module of mode {mode}")
        if cell.name == "rnn":
            activations.check(cell, mode.removeprefix("RNN_").lower(), "the torch module")
    state = module if isinstance(module, Mapping) else module.state_dict()
    return trees.nest(_by_layer(state), cell, _load_cell)


def store(params: Params, cell: Cell) -> dict[str, Any]:
    """``load`` back: tensors for ``module.load_state_dict``, of a module with biases.

    The whole bias goes to bias_ih and zero to bias_hh, whose block n holds b_n in a GRU.

    Args:
      params: of one layer, two directions, or a stack of either.
      cell: of every layer.

    Raises:
      ValueError: for parameters that torch has no place for or that are not of ``cell``.
      ImportError: without torch.
    """
    torch = optional_module("torch", "interop")
    layers = trees.unnest(params, cell, lambda p, c: weights.store("torch", p, c))
    if len({len(layer) for layer in layers}) > 1:
        raise ValueError("params: got layers of one and of two directions, want all alike")
    state = {}
    for number, directions in enumerate(layers):
        for reverse, arrays in enumerate(directions):
            for name, array in zip(NAMES, arrays, strict=True):
                if array is not None:
                    state[name + _suffix(number, bool(reverse))] = _tensor(torch, array)
    return state


def _suffix(layer: int, reverse: bool) -> str:
    return f"_l{layer}{'_reverse' * reverse}"


def _by_layer(state: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """[layer][direction] of name -> array."""
    cells: dict[tuple[int, bool], dict[str, Any]] = {}
    for key, value in state.items():
        match = KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"module: got the key {key!r}, want keys such as 'weight_ih_l0'")
        cells.setdefault((int(match[2]), bool(match[3])), {})[match[1]] = _array(value)
    layers = range(max((layer for layer, _ in cells), default=0) + 1)
    directions = [False, True] if any(reverse for _, reverse in cells) else [False]
    missing = [_suffix(i, r) for i in layers for r in directions if (i, r) not in cells]
    if missing:
        raise ValueError(f"module: got no weights that end in {', '.join(missing)}, want them")
    return [[cells[layer, reverse] for reverse in directions] for layer in layers]


def _load_cell(arrays: dict[str, Any], cell: Cell) -> Params:
    if "weight_ih" not in arrays or "weight_hh" not in arrays:
        raise ValueError(f"module: got only {sorted(arrays)}, want weight_ih and weight_hh")
    if ("bias_ih" in arrays) != ("bias_hh" in arrays):
        raise ValueError(f"module: got only {sorted(arrays)}, want both biases or none")
    return weights.load("torch", weights.Weights(*(arrays.get(name) for name in NAMES)), cell)


def _array(value: Any) -> Any:
    """A tensor or an array as an array; NumPy has no bfloat16 of its own, float32 holds it."""
    if not hasattr(value, "detach"):
        return value
    value = value.detach().cpu()
    if str(value.dtype) == "torch.bfloat16":
        return jnp.array(value.float().numpy(), jnp.bfloat16)
    return value.numpy()


def _tensor(torch: Any, array: Any) -> Any:
    if array.dtype == jnp.bfloat16:
        return torch.tensor(np.asarray(array, np.float32)).to(torch.bfloat16)
    return torch.tensor(np.asarray(array))
