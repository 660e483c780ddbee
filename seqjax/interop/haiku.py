"""Weights to and from haiku's VanillaRNN, LSTM and GRU.

    VanillaRNN   w_x = linear/w     w_h = linear_1/w     b = linear/b + linear_1/b;  always relu
    LSTM         [w_x; w_h] = linear/w, one below the other     b = linear/b, and 1 more for f,
                 which haiku adds at run time
    GRU          w_x = w_i     w_h = w_h     b = b;  our ``gru_reset_before``, with z for 1 - z

Haiku itself is not needed: its parameters are dicts of arrays by module name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params
from seqjax.interop import activations, gates, weights

NAMES = {"rnn": "vanilla_rnn", "lstm": "lstm", "gru_reset_before": "gru"}


def load(tree: Mapping[str, Mapping[str, Any]], cell: Cell, *, name: str | None = None) -> Params:
    """Parameters of ``recurrent(cell)`` from those of a haiku core, copied.

    For several layers call it once a layer and put the results together, {"0": ..., "1": ...}.

    Args:
      tree: haiku's parameters; other modules in it are passed over.
      cell: ``rnn`` with relu, ``lstm`` or ``gru_reset_before``.
      name: of the core; by default as haiku names the first, "vanilla_rnn", "lstm" or "gru".

    Raises:
      ValueError: for a cell of another kind, activation or width, or missing keys.

    >>> from seqjax.cells import lstm
    >>> tree = {"lstm": {}, "lstm/linear": {"w": jnp.zeros((3 + 4, 16)), "b": jnp.zeros(16)}}
    >>> load(tree, lstm(4))["w_x"].shape
    (3, 16)
    """
    name = _check(cell, name)
    if cell.name == "gru_reset_before":
        gru = _part(tree, name, "w_i", "w_h", "b")
        return weights.load("haiku", weights.Weights(gru["w_i"], gru["w_h"], gru["b"]), cell)
    linear = _part(tree, f"{name}/linear", "w", "b")
    if cell.name == "rnn":
        # linear_1 is without a bias if double_bias is False.
        linear_1 = _part(tree, f"{name}/linear_1", "w")
        arrays = weights.Weights(linear["w"], linear_1["w"], linear["b"], linear_1.get("b"))
        return weights.load("haiku", arrays, cell)
    w_x, w_h = jnp.split(linear["w"], [linear["w"].shape[0] - cell.width])
    return weights.load("haiku", weights.Weights(w_x, w_h, linear["b"]), cell)


def store(params: Params, cell: Cell, *, name: str | None = None) -> dict[str, dict[str, Array]]:
    """``load`` back: haiku's parameters of one core (of a VanillaRNN with double_bias, as usual).

    Raises:
      ValueError: for parameters that haiku has no place for or that are not of ``cell``.
    """
    name = _check(cell, name)
    w_x, w_h, b_x, b_h, _ = weights.store("haiku", params, cell)
    if cell.name == "gru_reset_before":
        return {name: {"w_i": w_x, "w_h": w_h, "b": b_x}}
    if cell.name == "rnn":
        return {f"{name}/linear": {"w": w_x, "b": b_x}, f"{name}/linear_1": {"w": w_h, "b": b_h}}
    return {f"{name}/linear": {"w": jnp.concatenate([w_x, w_h]), "b": b_x}}


def _check(cell: Cell, name: str | None) -> str:
    only = gates.convention("haiku", cell.name).activation
    if only is not None:
        activations.check(cell, only, "haiku's VanillaRNN")
    return NAMES[cell.name] if name is None else name


def _part(tree: Mapping[str, Mapping[str, Any]], name: str, *keys: str) -> Mapping[str, Any]:
    if name not in tree:
        raise ValueError(f"tree: got modules {sorted(tree)}, want {name!r}; say which with name=")
    missing = set(keys) - set(tree[name])
    if missing:
        raise ValueError(f"tree: got {name!r} without {sorted(missing)}")
    return tree[name]
