"""``chunked``: memory of order sqrt(T), for long sequences."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import checks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Params
from seqjax.drivers.driver import Driver
from seqjax.drivers.hoisted import hoisted
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.sequential import sequential


def run(cell: Cell, inputs: ScanInputs, *, size: int | None = None) -> ScanOutputs:
    """Walks chunk by chunk; ``size`` steps in each, None means about sqrt(T)."""
    steps = inputs.steps
    if size is None:
        size = math.isqrt(steps - 1) + 1
    checks.positive("size", size)
    walk = sequential.run if hoisted.unsupported(cell, inputs) else hoisted.run

    # The start carry depends on the parameters, so it is handed to the checkpoint, not closed over.
    def chunk(params: Params, start: Carry, carry: Carry, steps: Any) -> ScanOutputs:
        xs, real, restarts = steps
        return walk(
            cell,
            inputs._replace(
                params=params, xs=xs, carry=carry, start=start, real=real, restarts=restarts
            ),
        )

    def body(carry: Carry, steps: Any) -> tuple[Carry, tuple[Array, Carry]]:
        end = jax.checkpoint(chunk, prevent_cse=False)(inputs.params, inputs.start, carry, steps)
        return end.carry, (end.hs, end.states)

    count = steps // size
    cut = count * size
    masked = (inputs.xs, inputs.real, inputs.restarts)
    chunks = jax.tree.map(lambda a: a[:cut].reshape(count, size, *a.shape[1:]), masked)
    rest = jax.tree.map(lambda a: a[cut:], masked)
    carry = inputs.carry
    if inputs.reverse and cut < steps:
        carry, tail = body(carry, rest)
    carry, out = lax.scan(body, carry, chunks, reverse=inputs.reverse)
    out = jax.tree.map(lambda a: a.reshape(cut, *a.shape[2:]), out)
    if not inputs.reverse and cut < steps:
        carry, tail = body(carry, rest)
    if cut < steps:
        out = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), out, tail)
    return ScanOutputs(carry, *out)


chunked = Driver("chunked", lambda cell, inputs: "", run)
"""Walks a cell chunk by chunk; the option ``size`` is the number of steps in each.

Of each chunk only the first carry is kept; the rest is made again on the way back (Chen et al.
2016). That takes one more forward pass, and memory for T/size carries and one chunk instead of T
steps. Within a chunk the cell is walked by ``hoisted`` if it has a gate, else by ``sequential``.
"""
