"""Weights to and from flax.linen's SimpleCell, LSTMCell, OptimizedLSTMCell and GRUCell.

    SimpleCell        w_x = i.kernel     w_h = h.kernel     b = i.bias
    LSTMCell (both)   a kernel a gate, side by side: w_x = [ii if ig io], w_h = [hi hf hg ho],
                      b = [hi hf hg ho].bias
    GRUCell           w_x = [ir iz in], w_h = [hr hz hn], b = [ir iz in].bias, b_n = hn.bias

They may stand in nn.RNN and nn.Bidirectional. The LSTM's carry is (c, h).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Params, Tree
from seqjax.interop import flax_trees, gates, weights


def load(tree: Any, cell: Cell | Sequence[Cell]) -> Params:
    """Parameters from a part of ``variables["params"]``, copied.

    For a cell or nn.RNN those of ``recurrent(cell)``; for nn.Bidirectional those of
    ``bidirectional(recurrent(cell), recurrent(cell, reverse=True))``; for a list of such parts
    those of a ``stack``. The weights of a SimpleCell do not say whether it is tanh or relu.

    Args:
      tree: what stands under the name of the module: {"cell": ...}, {"forward_rnn": ...,
        "backward_rnn": ...}, the dict of a cell, or a list of these, first layer first.
      cell: ``rnn``, ``lstm`` or ``gru``, of every layer, or one a layer.

    Raises:
      ValueError: for a cell of another kind or width, missing keys or unknown ones.

    >>> import flax.linen as nn, jax
    >>> from seqjax.cells import gru
    >>> module = nn.RNN(nn.GRUCell(4, parent=None))
    >>> variables = module.init(jax.random.key(0), jnp.zeros((1, 5, 3)))
    >>> load(variables["params"], gru(4))["w_x"].shape
    (3, 12)
    """
    return flax_trees.load(tree, cell, load_cell)


def store(params: Params, cell: Cell | Sequence[Cell]) -> Tree:
    """``load`` back: the dict of nn.RNN or nn.Bidirectional, a list of dicts for a stack.

    Raises:
      ValueError: for parameters that linen has no place for or that are not of ``cell``.
    """
    return flax_trees.store(params, cell, store_cell)


def _names(cell: Cell) -> tuple[list[str], list[str], list[str]]:
    """The submodules of the input product, of the recurrent one, and those with a bias."""
    row = gates.convention("linen", cell.name)
    if cell.name == "rnn":
        return ["i"], ["h"], ["i"]
    i, h = ([side + gate for gate in row.blocks] for side in "ih")
    return i, h, (i if row.bias == "x" else h) + (["hn"] if row.inner else [])


def load_cell(tree: Mapping[str, Any], cell: Cell) -> Params:
    """Parameters from the dict of one Linen cell, {"ir": {"kernel": [D, H], "bias": [H]}, ...}.

    Raises:
      ValueError: for a cell of another kind or width, missing keys or unknown ones.
    """
    i, h, biased = _names(cell)
    weights.same_keys(f"weights of linen's {cell.name}", tree, i + h)
    for name in i + h:
        wants = ["kernel"] + ["bias"] * (name in biased)
        weights.same_keys(f"weights of {name!r}", tree[name], wants)
    block = tree[biased[0]]["bias"]

    def bias(names: list[str]) -> Array | None:
        """Side by side, with zeros for gates without; None if there are none at all."""
        biases = [tree[n]["bias"] if n in biased else jnp.zeros_like(block) for n in names]
        return jnp.concatenate(biases) if set(names) & set(biased) else None

    w_x, w_h = (jnp.concatenate([tree[n]["kernel"] for n in names], -1) for names in (i, h))
    return weights.load("linen", weights.Weights(w_x, w_h, bias(i), bias(h)), cell)


def store_cell(params: Params, cell: Cell) -> flax_trees.CellTree:
    """The dict of one Linen cell: the inverse of ``load_cell``.

    Raises:
      ValueError: for parameters that linen has no place for or that are not of ``cell``.

    >>> import jax
    >>> from seqjax.cells import rnn
    >>> tree = store_cell(rnn(4).init(jax.random.key(0), 3), rnn(4))
    >>> {name: sorted(arrays) for name, arrays in tree.items()}
    {'i': ['bias', 'kernel'], 'h': ['kernel']}
    """
    w_x, w_h, b_x, b_h, _ = weights.store("linen", params, cell)
    i, h, biased = _names(cell)
    tree: flax_trees.CellTree = {}
    for names, w, b in [(i, w_x, b_x), (h, w_h, b_h)]:
        kernels, biases = jnp.split(w, len(names), -1), jnp.split(b, len(names))
        for name, kernel, gate_bias in zip(names, kernels, biases, strict=True):
            tree[name] = {"kernel": kernel} | ({"bias": gate_bias} if name in biased else {})
    return tree
