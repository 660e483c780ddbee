"""What a row of the benchmark measures: a cell, the shape of its network, a dtype and a mode."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


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
    """"lstm", "gru" or "rnn" """
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
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
"""Pre-activations of a unit, by cell."""
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Of a number, by dtype."""
