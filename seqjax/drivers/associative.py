"""``associative``: all steps in parallel, for cells that are linear in time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks
from seqjax.basics.cell import Affine, Cell
from seqjax.basics.trees import over_steps
from seqjax.basics.types import Carry, Tree
from seqjax.drivers.driver import Driver
from seqjax.drivers.inputs import ScanInputs, ScanOutputs


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells it cannot walk."""
    if isinstance(cell.recurrence, Affine):
        return ""
    return (
        f"driver: associative cannot serve {cell.name}, whose recurrence is not a ⊙ carry + b with"
        " a and b from the inputs alone; use hoisted, sequential or auto"
    )


def _masked(inputs: ScanInputs, a: Carry, b: Carry) -> tuple[Carry, Carry]:
    """Coefficients that leave the carry as it is in the padding, and restart where rows do."""
    if inputs.restarts is not None:
        from_start = jax.tree.map(lambda a, b, start: a * start + b, a, b, inputs.start)
        a = masks.choose(inputs.restarts, jax.tree.map(jnp.zeros_like, a), a)
        b = masks.choose(inputs.restarts, from_start, b)
    a = masks.choose(inputs.real, a, jax.tree.map(jnp.ones_like, a))
    return a, masks.zero(inputs.real, b)


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """The carries of all steps from a scan over the composition of affine maps.

    The map of steps s then t is carry -> a_t (a_s carry + b_s) + b_t, and composing is associative:
    about 2 T products in 2 log2(T) rounds instead of T one after the other (Blelloch 1990; Martin
    and Cundy 2018).
    """
    assert isinstance(cell.recurrence, Affine)
    zs = cell.project(inputs.params, inputs.xs)
    coefficients = cell.recurrence.coefficients

    def of_rows(z: Tree) -> tuple[Carry, Carry]:
        a, b = coefficients(inputs.params, z)
        return jax.tree.map(lambda a, b: jnp.broadcast_to(a, b.shape), a, b), b

    a, b = _masked(inputs, *over_steps(of_rows, zs))
    first, last = (-1, 0) if inputs.reverse else (0, -1)
    b = jax.tree.map(lambda a, b, carry: b.at[first].add(a[first] * carry), a, b, inputs.carry)

    def compose(earlier: Tree, later: Tree) -> Tree:
        (a, b), (c, d) = earlier, later
        return jax.tree.map(jnp.multiply, a, c), jax.tree.map(lambda b, c, d: c * b + d, b, c, d)

    _, carries = lax.associative_scan(compose, (a, b), reverse=inputs.reverse)
    carry = jax.tree.map(lambda a: a[last], carries)
    hs = jax.vmap(cell.read)(carries)
    return ScanOutputs(carry, hs, carries if inputs.states else None)


associative = Driver("associative", unsupported, run)
"""Walks a cell that is linear in time over all steps at once.

Serves cells whose recurrence is ``Affine``, forward and reverse mode, to any order. Sums are taken
in another order than step by step.
"""
