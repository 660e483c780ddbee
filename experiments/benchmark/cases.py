"""What a row of the benchmark measures: a cell, the shape of its network, a dtype and a mode."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """Of a batch and of the network that walks it."""

    batch: int
    steps: int
    inputs: int
    hidden: int
    layers: int = 1
    bidirectional: bool = False
    padded: bool = False
    """Whether the rows have lengths of their own, from a quarter of ``steps`` to all of them."""

    @property
    def directions(self) -> int:
        return 1 + self.bidirectional

    @property
    def widths(self) -> list[int]:
        """The input width of each layer."""
        return [self.inputs] + [self.hidden * self.directions] * (self.layers - 1)


class Case(NamedTuple):
    """One measurement, made with every side that can do it."""

    cell: str
    """"lstm", "gru" or "rnn" """
    shape: Shape
    dtype: str
    """"float32" or "bfloat16", of weights and inputs"""
    mode: str
    """"forward": outputs; "gradient": outputs, and the gradient of their sum of squares for weights
    and inputs; "train": the same for weights alone, and an SGD update; "latency": one token through
    all layers, the carry handed on."""
