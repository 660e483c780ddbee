"""Weights to and from equinox.nn.LSTMCell and GRUCell.

    w_x = weight_ih^T     w_h = weight_hh^T     b = bias     b_n = bias_n (GRU)

Their arrays are fields of a module, so ``load`` takes a module and ``store`` makes one.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.optional import optional_module
from seqjax.basics.types import Params
from seqjax.interop import gates, weights


def load(module: Any, cell: Cell) -> Params:
    """Parameters of ``recurrent(cell)`` from an equinox cell, copied; ``use_bias=False`` is zero.

    Raises:
      ValueError: for a cell of another kind or width.

    >>> import equinox
    >>> from seqjax.cells import gru
    >>> module = equinox.nn.GRUCell(3, 4, key=jax.random.key(0))
    >>> load(module, gru(4))["w_x"].shape
    (3, 12)
    """
    gates.convention("equinox", cell.name)
    kinds = {"lstm": "LSTMCell", "gru": "GRUCell"}
    if type(module).__name__ != kinds[cell.name]:
        raise ValueError(
            f"cell: got {cell.name} for an equinox {type(module).__name__}, want it for"
            f" {kinds[cell.name]}"
        )
    bias, inner = module.bias, getattr(module, "bias_n", None)
    # Block n alone stands inside the reset; the other two have no second bias.
    b_h = None if inner is None else jnp.pad(inner, (2 * inner.shape[0], 0))
    arrays = weights.Weights(module.weight_ih, module.weight_hh, bias, b_h)
    return weights.load("equinox", arrays, cell)


def store(params: Params, cell: Cell) -> Any:
    """``load`` back: a new equinox cell with biases.

    Raises:
      ValueError: for parameters that equinox has no place for or that are not of ``cell``.
      ImportError: without equinox.
    """
    w_x, w_h, b_x, b_h, _ = weights.store("equinox", params, cell)
    nn = optional_module("equinox.nn", "interop")
    tree_at = optional_module("equinox", "interop").tree_at
    kind = nn.LSTMCell if cell.name == "lstm" else nn.GRUCell
    module = kind(w_x.shape[1], w_h.shape[1], dtype=w_x.dtype, key=jax.random.key(0))
    arrays = [w_x, w_h, b_x]
    if cell.name == "gru":
        arrays.append(b_h[-cell.width :])

    def leaves(module: Any) -> list[Any]:
        return [module.weight_ih, module.weight_hh, module.bias] + (
            [module.bias_n] if cell.name == "gru" else []
        )

    return tree_at(leaves, module, arrays)
