"""The network of a case in seqjax, and its parameters on the way to other libraries and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from experiments.benchmark.cases import Case
from seqjax.basics.types import Cell, Layer, Params
from seqjax.cells import CELLS
from seqjax.layers import bidirectional, recurrent, stack

Weights = list[list[Params]]
"""[layer][direction] of the parameters of one cell, as its ``init`` names them."""


def cell_of(case: Case) -> Cell:
    """The cell of every layer."""
    return CELLS[case.cell](case.shape.hidden)


def network(case: Case, driver: str) -> Layer:
    """The network as a layer of seqjax; its parameters are ``stacked(problem.params)``."""

    def one(reverse: bool = False) -> Layer:
        return recurrent(cell_of(case), driver, reverse=reverse)

    each = bidirectional(one(), one(reverse=True)) if case.shape.bidirectional else one()
    return stack([each] * case.shape.layers)


def stacked(params: Weights) -> Params:
    """The parameters of ``network``, and what ``seqjax.interop`` stores."""
    names = ("forward", "backward")
    return {
        str(i): one[0] if len(one) == 1 else dict(zip(names, one, strict=True))
        for i, one in enumerate(params)
    }


def transposed(store: Callable[[Weights], Any], params: Weights, gradients: Any) -> Weights:
    """Gradients for a library's weights as gradients for ours: the transpose of ``store``."""

    @jax.jit
    def back(params: Weights, theirs: Any) -> Weights:
        return jax.vjp(store, params)[1](theirs)[0]

    theirs = jax.tree.map(lambda a: np.asarray(a, np.float32), gradients)
    return jax.tree.map(np.asarray, back(params, theirs))
