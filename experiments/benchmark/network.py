"""The network of a case: in seqjax, and as pure functions of the weights of any JAX library."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.benchmark.cases import Case, Unsupported
from experiments.benchmark.cell_names import factory
from seqjax.basics.cell import Cell
from seqjax.basics.types import Layer, Params
from seqjax.layers import bidirectional, recurrent, stack

Weights = list[list[Params]]
"""[layer][direction] of the parameters of one cell, as its ``init`` names them."""


class Network(NamedTuple):
    """What a library gives, as pure functions of its weights."""

    store: Callable[[Weights], Any]
    """Our parameters -> the library's weights, differentiable"""
    outputs: Callable[[Any, jax.Array, jax.Array | None], jax.Array]
    """(weights, xs, lengths) -> ys, zero in the padding"""
    start: Callable[[Any, int], Any]
    """(weights, B) -> the state before the first token"""
    step: Callable[[Any, Any, jax.Array], tuple[Any, jax.Array]] | None
    """(weights, state, x [B, D]) -> (state, y)"""
    batch_first: bool = False
    """Sequences are [B, T, ...]; they come so, the transposition is not timed."""
    same_function: bool = True
    """Whether with these weights it is the function that the other sides compute."""


def case_cell(case: Case) -> Cell:
    """The cell of every layer, in seqjax.

    Raises:
      Unsupported: for heads, where the cell has none.
    """
    make, heads = factory(case.cell), case.shape.heads
    if heads == 1:
        return make(case.shape.hidden)
    if "heads" not in inspect.signature(make).parameters:
        raise Unsupported(f"{case.cell} has no heads")
    return make(case.shape.hidden, heads=heads)


def seqjax_layers(case: Case, driver: str) -> Layer:
    """The network as a layer of seqjax; its parameters are ``stacked(problem.params)``."""

    def direction(reverse: bool = False) -> Layer:
        return recurrent(case_cell(case), driver, reverse=reverse)

    if case.shape.bidirectional:
        return stack([bidirectional(direction(), direction(reverse=True))] * case.shape.layers)
    return stack([direction()] * case.shape.layers)


def stacked(params: Weights) -> Params:
    """The parameters of ``seqjax_layers``, and what ``seqjax.interop`` stores."""
    names = ("forward", "backward")
    return {
        str(i): layer[0] if len(layer) == 1 else dict(zip(names, layer, strict=True))
        for i, layer in enumerate(params)
    }


def gradients_of_params(store: Callable[[Weights], Any], params: Weights, theirs: Any) -> Weights:
    """Gradients for a library's weights as gradients for ours: the transpose of ``store``."""

    @jax.jit
    def transpose(params: Weights, theirs: Any) -> Weights:
        return jax.vjp(store, params)[1](theirs)[0]

    theirs = jax.tree.map(lambda a: np.asarray(a, np.float32), theirs)
    return jax.tree.map(np.asarray, transpose(params, theirs))
