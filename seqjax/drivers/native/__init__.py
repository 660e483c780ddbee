"""``native``: on CPU, all steps of a walk in one call of code compiled for this machine.

XLA packs the recurrent weight anew at every step, and between the operations of a step memory is
all that they share. The kernels in ``kernels/`` pack once, do without the projected inputs of all
steps where they can, keep pre-activations in the caches and use every core from the first step to
the last. What a gate is and what its derivative is come from the cell itself, by ``kernel_source``.
Products over all steps are those of ``blas``.
"""

from __future__ import annotations

import os
from functools import partial

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters, precision
from seqjax.basics.cell import Cell, Gated, split_side
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.driver import Driver
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.kernel_source import Refused, Shapes
from seqjax.drivers.native import build, recurrence, scan
from seqjax.drivers.platform import on_cpu

__all__ = ["native"]

WANTED = "SEQJAX_NATIVE"
"""The variable by which a user lets ``auto`` choose ``native``. It is not chosen unasked: it needs
a compiler, and its results differ from those of ``hoisted`` in the last bits."""


def wanted() -> bool:
    """Whether ``auto`` may choose ``native``."""
    return os.environ.get(WANTED, "") not in ("", "0")


def _refused(cell: Cell, why: object) -> str:
    return f"driver: native cannot serve {cell.name}, which has {why}; use hoisted"


def _unsupported_cell(cell: Cell) -> str:
    """Which cells it cannot walk, whatever the inputs, as far as the cell says what it wants."""
    expected = cell_parameters.expected(cell, None, cell.width)
    if expected is None:
        return ""
    if expected.params["w_h"].ndim == 1:
        return _refused(cell, "a diagonal w_h")
    z, side = split_side(expected.z)
    shapes = Shapes(expected.params, z, expected.start, side)
    try:
        recurrence.functor_for(cell, shapes)
    except Refused as refused:
        return _refused(cell, refused)
    return ""


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells and inputs the kernels cannot walk."""
    if not isinstance(cell.recurrence, Gated):
        return _refused(cell, "a recurrence that is not gate(z, h . w_h, carry)")
    if precision.factor_dtype(jnp.float32) != jnp.float32:
        return f"precision: got {precision.current()}, but native has float32 alone; use hoisted"
    if inputs is None:
        return _unsupported_cell(cell)
    if not on_cpu():
        return f"driver: native wants a CPU, got {jax.devices()[0].platform}; use auto"
    for name, leaf in inputs.params.items():
        if leaf.dtype != jnp.float32:
            return f"params: got {leaf.dtype} for {name}, but native wants float32; use hoisted"
    if any(leaf.dtype != jnp.float32 for leaf in jax.tree.leaves(inputs.carry)):
        return _refused(cell, "a carry that is not of float32")
    if inputs.params["w_h"].ndim == 1:
        return _refused(cell, "a diagonal w_h")
    try:
        build.load_gates([recurrence.functor_of(cell, inputs).body])
    except Refused as refused:
        return _refused(cell, refused)
    except ValueError as failure:  # of the compiler
        return str(failure)
    return ""


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Walks in compiled loops."""
    loop, args, fixed = recurrence.prepare(cell, inputs)
    walk = custom_backward(
        "native",
        value=partial(scan.outputs, loop),
        forward=partial(scan.forward, loop),
        backward=partial(scan.backward, loop),
        reference=partial(recurrence.reference, loop),
    )
    outputs: ScanOutputs = walk(args, fixed)
    return outputs


native = Driver("native", unsupported, run)
"""Walks a cell in compiled loops, on CPU.

Serves cells whose recurrence is ``Gated`` and whose gate is pointwise: what is made of rows and
units that do not see each other. All of it is in float32, products too. The first walk on a
machine compiles what all cells share, which takes a C++ compiler and some ten seconds, and the
first of every other gate its own part, in about two. Both are kept in ``compiler.folder()``.
Reverse mode to any order; vmap walks one after the other. Activations are within 2e-7 of their
values.
"""
