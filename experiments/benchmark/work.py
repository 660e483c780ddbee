"""What a case has to do at least: matrix products, tokens, operations, bytes moved."""

from __future__ import annotations

import collections
import math
from typing import NamedTuple

from experiments.benchmark.cases import BYTES, Case, columns

TOKENS = 100
"""Of a loop that measures one token, whose products alone are too short to time."""


class Product(NamedTuple):
    """[rows, inner] x [inner, columns], once or in as many steps, each depending on the last."""

    name: str
    rows: int
    inner: int
    columns: int
    steps: int
    loop: int
    """Steps that are measured; more than ``steps`` where those alone are too short to time"""
    total: int
    """Rows of all steps together"""

    @property
    def flops(self) -> int:
        return 2 * self.total * self.inner * self.columns


class Work(NamedTuple):
    """Of one run of a case."""

    steps: int
    """of time; 1 where the latency of a step is measured"""
    tokens: int
    """real ones, without padding"""
    operations: int
    """of the products; those of the pointwise part are few beside them"""
    bytes: int
    """each array moved once a use, the recurrent weight once a step"""


def steps_and_tokens(case: Case) -> tuple[int, int]:
    """(steps of time, real tokens) of one run."""
    steps, lengths = 1 if case.mode == "latency" else case.shape.steps, case.shape.lengths
    return steps, steps * case.shape.batch if lengths is None else int(lengths.sum())


def products(case: Case) -> dict[Product, int]:
    """The products of all layers and directions, and how often each is needed.

    Each head has recurrent products of its own, made one after the other. Padding is not counted;
    recurrent products have the mean number of real rows of a step. "train" needs no gradient of
    the inputs of the first layer.
    """
    shape = case.shape
    latency, backward = case.mode == "latency", case.mode in ("gradient", "train")
    hidden, head = shape.hidden, shape.hidden // shape.heads
    inputs, recurrent = columns(case.cell)
    k_hidden = inputs * hidden
    steps, tokens = steps_and_tokens(case)
    counts: collections.Counter[Product] = collections.Counter()

    def add(name: str, rows: int, inner: int, columns: int, times: int = 1) -> None:
        loop = TOKENS if latency else 1
        if columns:
            counts[Product(name, rows, inner, columns, 1, loop, rows)] += times

    def add_recurrent(name: str, inner: int, columns: int) -> None:
        rows, loop = math.ceil(tokens / steps), TOKENS if latency else steps
        if inner and columns:
            counts[Product(name, rows, inner, columns, steps, loop, tokens)] += shape.heads

    for layer, width in enumerate(shape.input_widths):
        for _ in range(shape.directions):
            add("projection", tokens, width, k_hidden)
            add_recurrent("recurrence", head, recurrent * head)
            if backward:
                add_recurrent("recurrence back", recurrent * head, head)
                add("gradient of w_x", width, tokens, k_hidden)
                add("gradient of w_h", head, tokens, recurrent * head, times=shape.heads)
            if backward and (layer or case.mode == "gradient"):
                add("gradient of inputs", tokens, k_hidden, width)
    return dict(counts)


def flops(case: Case) -> int:
    """Floating-point operations of all products, two for each multiplication."""
    return sum(product.flops * count for product, count in products(case).items())


def work(case: Case) -> Work:
    """What the case takes; a gradient moves three times as much as the outputs."""
    shape, (inputs, recurrent) = case.shape, columns(case.cell)
    k_hidden, head = inputs * shape.hidden, shape.hidden // shape.heads
    steps, tokens = steps_and_tokens(case)
    numbers = 0
    for width in shape.input_widths:
        weights = width * k_hidden + steps * shape.hidden * recurrent * head
        # Inputs, pre-activations written and read, outputs.
        activations = tokens * (width + 2 * k_hidden + shape.hidden)
        numbers += shape.directions * (weights + activations)
    passes = 3 if case.mode in ("gradient", "train") else 1
    return Work(steps, tokens, flops(case), passes * numbers * BYTES[case.dtype])
