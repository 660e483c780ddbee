"""``hoisted``: the recurrence with its backward pass written once for all cells.

Autodiff of a scan adds dw_h [P, kH] up at every step, runs activations again and makes a new array
of everything it keeps. Here, for any cell of the form gate(z, h . w_h, carry):

    forward    what the gate keeps takes the place of z, step by step, in the same memory
    reverse    only the cotangent of the carry is carried; dz takes the place of what was kept
    after      dw_h = sum_t h_t^T du_t as one product over all T*B rows, and one vjp over all
               steps for the parameters inside the gate

Weight gradients as one product after the loop: Appleyard et al. 2016 (cuDNN), Haste. A gradient of
the gradient is taken by autodiff of the same recurrence, so any order of reverse mode works.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from seqjax.basics.cell import Cell, Gated
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.driver import Driver
from seqjax.drivers.hoisted.backward import backward
from seqjax.drivers.hoisted.forward import by_scan, forward, forward_only
from seqjax.drivers.hoisted.recurrence import prepare
from seqjax.drivers.inputs import ScanInputs, ScanOutputs

__all__ = ["hoisted"]


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells it cannot walk."""
    if not isinstance(cell.recurrence, Gated):
        return (
            f"driver: hoisted cannot serve {cell.name}, whose recurrence is not gate(z, h . w_h,"
            " carry); use sequential, chunked or auto"
        )
    for leaf in jax.tree.leaves(inputs.carry) if inputs else []:
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            return (
                f"driver: hoisted cannot serve {cell.name}, whose carry has a part of {leaf.dtype};"
                " use sequential, chunked or auto"
            )
    return ""


def run(cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Projects the inputs, then walks with the fast backward pass."""
    loop, args, fixed = prepare(cell, inputs)
    walk = custom_backward(
        "hoisted",
        value=partial(forward_only, loop),
        forward=partial(forward, loop),
        backward=partial(backward, loop),
        reference=partial(by_scan, loop),
    )
    outputs: ScanOutputs = walk(args, fixed)
    return outputs


hoisted = Driver("hoisted", unsupported, run)
"""Walks a cell with the fast backward pass.

Serves cells whose recurrence is ``Gated``. Reverse mode to any order; for forward mode (jvp,
jacfwd) use ``sequential``.
"""
