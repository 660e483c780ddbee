"""What a row of the benchmark measures: a cell, the shape of its network, a dtype and a mode."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import numpy as np

from experiments.benchmark.cell_names import factory


class Unsupported(ValueError):
    """A side has no such network, dtype or mode, or is not installed; the message says which."""


class Shape(NamedTuple):
    """Of a batch and of the network that walks it."""

    batch: int
    steps: int
    inputs: int
    hidden: int
    layers: int = 1
    bidirectional: bool = False
    padded: bool = False
    """Whether the sequences have lengths of their own, from a quarter of ``steps`` to all."""
    heads: int = 1
    """Blocks of units with recurrent weights of their own."""

    @property
    def directions(self) -> int:
        return 1 + self.bidirectional

    @property
    def input_widths(self) -> list[int]:
        """D of each layer."""
        return [self.inputs] + [self.hidden * self.directions] * (self.layers - 1)

    @property
    def lengths(self) -> np.ndarray | None:
        """int32 [B]: evenly from T to T / 4, shuffled; None without padding."""
        if not self.padded:
            return None
        spread = np.linspace(self.steps, max(1, self.steps // 4), self.batch)
        return np.random.default_rng(1).permutation(spread.round().astype(np.int32))


class Case(NamedTuple):
    """One measurement, made with every side that can do it."""

    cell: str
    """As ``cell_names.factory`` knows it."""
    shape: Shape
    dtype: str
    """One of ``BYTES``; of weights and inputs."""
    mode: str
    """One of ``MODES``."""


MODES = {
    "forward": "outputs",
    "gradient": "outputs, and the gradient of their sum of squares for weights and inputs",
    "train": "the gradient for weights alone, and an SGD update",
    "latency": "one token through all layers, the carry handed on",
}
LIBRARY_CELLS = ("lstm", "gru", "rnn")
"""Those that other libraries have."""
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Of a number, by dtype."""


class Columns(NamedTuple):
    """Of the weights of a cell, for each unit."""

    inputs: int
    """k of w_x [D, kH]"""
    recurrent: int
    """k of w_h [H, kH]; 0 where gates see inputs alone, or of its own state each unit"""


@functools.cache
def columns(cell: str) -> Columns:
    """Those of a cell, by name.

    >>> columns("gru"), columns("ind_rnn")
    (Columns(inputs=3, recurrent=3), Columns(inputs=1, recurrent=0))
    """
    # Two units: states of complex numbers come in pairs.
    params = jax.eval_shape(lambda: factory(cell)(2).init(jax.random.key(0), 1))
    w_h = params.get("w_h")
    recurrent = w_h.shape[-1] // 2 if w_h is not None and w_h.ndim > 1 else 0
    return Columns(params["w_x"].shape[-1] // 2, recurrent)
