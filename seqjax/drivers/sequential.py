"""``sequential``: lax.scan and ordinary autodiff, the reference for every other driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jax import lax

from seqjax.basics import masks
from seqjax.basics.cell import Cell
from seqjax.basics.types import Array, Carry, Tree
from seqjax.drivers.driver import Driver
from seqjax.drivers.inputs import ScanInputs, ScanOutputs


def scan_steps(
    step: Callable[[Carry, Tree], Carry],
    read: Callable[[Carry], Array],
    zs: Tree,
    inputs: ScanInputs,
) -> ScanOutputs:
    """The recurrence carry' = step(carry, z) over projected inputs, which JAX differentiates.

    Masks, carries and the direction are those of ``inputs``.
    """

    def body(carry: Carry, now: tuple[Tree, Array | None, Array | None]) -> tuple[Carry, Any]:
        z, real, restart = now
        before = carry if restart is None else masks.choose(restart, inputs.start, carry)
        after = masks.choose(real, step(before, z), before)
        return after, (read(after), after if inputs.states else None)

    steps = (zs, inputs.real, inputs.restarts)
    carry, (hs, states) = lax.scan(body, inputs.carry, steps, reverse=inputs.reverse)
    return ScanOutputs(carry, hs, states)


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Projects the inputs of all steps at once and scans the rest."""
    zs = cell.project(inputs.params, inputs.xs)
    return scan_steps(lambda carry, z: cell.step(inputs.params, carry, z), cell.read, zs, inputs)


sequential = Driver("sequential", lambda cell, inputs: "", run)
"""Walks a cell one step after the other.

The input projection is made for all steps at once; the rest is a ``lax.scan`` that JAX
differentiates. Serves every cell, forward and reverse mode, to any order.
"""
