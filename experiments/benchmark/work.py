"""What a case has to do at least: steps, tokens, operations of its products, bytes it moves."""

from __future__ import annotations

from typing import NamedTuple

from experiments.benchmark.cases import Case
from experiments.benchmark.problem import lengths_of
from experiments.benchmark.products import GATES, flops

BYTES = {"float32": 4, "bfloat16": 2}


class Work(NamedTuple):
    """Of one run of a case."""

    steps: int
    """of time; 1 where the latency of a step is measured"""
    tokens: int
    """real ones"""
    operations: int
    """of the products; those of the pointwise part are few beside them"""
    bytes: int
    """each array moved once a use, the recurrent weight once a step"""


def work(case: Case) -> Work:
    """What the case takes; a gradient moves three times as much as the outputs."""
    shape, lengths = case.shape, lengths_of(case.shape)
    k = GATES[case.cell] * shape.hidden
    steps = 1 if case.mode == "latency" else shape.steps
    tokens = steps * shape.batch if lengths is None else int(lengths.sum())
    numbers = 0
    for width in shape.widths:
        weights = width * k + steps * shape.hidden * k
        # Inputs, pre-activations written and read, outputs.
        numbers += shape.directions * (weights + tokens * (width + 2 * k + shape.hidden))
    passes = 3 if case.mode in ("gradient", "train") else 1
    return Work(steps, tokens, flops(case), passes * numbers * BYTES[case.dtype])
