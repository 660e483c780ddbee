"""``associative``: all steps in parallel, for cells that are linear in time."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.trees import over_steps
from seqjax.basics.types import Carry, Tree
from seqjax.drivers.driver import Driver
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.linear_scan import linear_scan
from seqjax.drivers.platform import on_cpu


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells it cannot walk."""
    if isinstance(cell.recurrence, Affine):
        return ""
    return (
        f"driver: associative cannot serve {cell.name}, whose recurrence is not a ⊙ carry + b with"
        " a and b from the inputs alone; use newton, hoisted, sequential or auto"
    )


def _masked(inputs: ScanInputs, a: Carry, b: Carry) -> tuple[Carry, Carry]:
    """Coefficients that leave the carry as it is in the padding, and restart where rows do."""
    if inputs.restarts is not None:
        from_start = jax.tree.map(lambda a, b, start: a * start + b, a, b, inputs.start)
        a = masks.choose(inputs.restarts, jax.tree.map(jnp.zeros_like, a), a)
        b = masks.choose(inputs.restarts, from_start, b)
    a = masks.choose(inputs.real, a, jax.tree.map(jnp.ones_like, a))
    return a, masks.zero(inputs.real, b)


def run(cell: Cell, inputs: ScanInputs, *, chunk: int | None = None) -> ScanOutputs:
    """The carries of all steps as the solution of one linear system; ``chunk`` steps at once.

    The map of steps s then t is carry -> a_t (a_s carry + b_s) + b_t, and composing is associative
    (Blelloch 1990; Martin and Cundy 2018). None means all steps at once, but one on a CPU: two
    products a step, where all at once take more, and memory is what limits.
    """
    assert isinstance(cell.recurrence, Affine)
    if chunk is None:
        chunk = 1 if on_cpu() else inputs.steps
    checks.positive("chunk", chunk)
    zs = cell.project(inputs.params, inputs.xs)
    coefficients = cell.recurrence.coefficients

    def of_rows(z: Tree) -> tuple[Carry, Carry]:
        a, b = coefficients(inputs.params, z)
        return jax.tree.map(lambda a, b: jnp.broadcast_to(a, b.shape), a, b), b

    a, b = _masked(inputs, *over_steps(of_rows, zs))
    first, last = (-1, 0) if inputs.reverse else (0, -1)
    # Not 0 times what stood there: a document before may have ended in NaN.
    cuts = inputs.restarts
    carried = jax.tree.map(lambda a, carry: a[first] * carry, a, inputs.carry)
    if cuts is not None:
        carried = masks.zero(~cuts[first], carried)
    b = jax.tree.map(lambda b, carried: b.at[first].add(carried), b, carried)
    carries = linear_scan(a, b, reverse=inputs.reverse, chunk=chunk, cuts=cuts)
    carry = jax.tree.map(lambda a: a[last], carries)
    hs = jax.vmap(cell.read)(carries)
    return ScanOutputs(carry, hs, carries if inputs.states else None)


associative = Driver("associative", unsupported, run)
"""Walks a cell that is linear in time over all steps at once; the option ``chunk`` is how many.

On a CPU the default is one: from 1,024 steps on it takes half the time of a scan of all at once
(experiments/results/parallel_time.md). What is gained there is that coefficients are made for all
steps at once, and that the backward pass is a scan, too.

Serves cells whose recurrence is ``Affine``, forward and reverse mode, to any order. The backward
pass is the scan of the adjoint in the other direction, which needs a and the states alone: memory
for the coefficients a and b, the states and their cotangents of all steps, in reverse mode 6 T B N
numbers or so for states of N, where the rounds of the scan are not counted: those are all there at
once, about twice a and b, or with ``chunk`` as many steps of them. Sums are taken in another order
than step by step.
"""
