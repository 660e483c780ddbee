"""The matrix products that a network cannot do without, and how many operations they are."""

from __future__ import annotations

import collections
import math
from typing import NamedTuple

from experiments.benchmark.cases import Case
from experiments.benchmark.problem import lengths_of

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
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


def products(case: Case) -> dict[Product, int]:
    """The products of all layers and directions, and how often each is needed.

    Rows of padding are not counted; the recurrent products have the mean number of real rows of a
    step. "train" needs no gradient of the inputs of the first layer.
    """
    shape, lengths = case.shape, lengths_of(case.shape)
    latency, backward = case.mode == "latency", case.mode in ("gradient", "train")
    hidden, n = shape.hidden, GATES[case.cell] * shape.hidden
    steps = 1 if latency else shape.steps
    real = steps * shape.batch if lengths is None else int(lengths.sum())
    found: collections.Counter[Product] = collections.Counter()

    def need(name: str, rows: int, inner: int, columns: int) -> None:
        found[Product(name, rows, inner, columns, 1, TOKENS if latency else 1, rows)] += 1

    def repeat(name: str, inner: int, columns: int) -> None:
        rows, loop = math.ceil(real / steps), TOKENS if latency else steps
        found[Product(name, rows, inner, columns, steps, loop, real)] += 1

    for layer, d in enumerate(shape.widths):
        for _ in range(shape.directions):
            need("projection", real, d, n)
            repeat("recurrence", hidden, n)
            if backward:
                repeat("recurrence back", n, hidden)
                need("gradient of w_x", d, real, n)
                need("gradient of w_h", hidden, real, n)
            if backward and (layer or case.mode == "gradient"):
                need("gradient of inputs", real, n, d)
    return dict(found)


def flops(case: Case) -> int:
    """Floating-point operations of all products, two for each multiplication."""
    return sum(product.flops * times for product, times in products(case).items())
