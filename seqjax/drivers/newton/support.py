"""Which cells and inputs ``newton`` can walk."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import cell_parameters
from seqjax.basics.cell import Affine, Cell, advance
from seqjax.basics.types import Carry, Params, Tree
from seqjax.drivers.inputs import ScanInputs


def unsupported(cell: Cell, inputs: ScanInputs | None) -> str:
    """Which cells it cannot walk."""
    if isinstance(cell.recurrence, Affine):
        return f"driver: newton has nothing to iterate for {cell.name}; use associative or auto"
    for leaf in jax.tree.leaves(inputs.carry) if inputs else []:
        if not jnp.issubdtype(leaf.dtype, jnp.inexact):
            return (
                f"driver: newton cannot serve {cell.name}, whose carry has a part of {leaf.dtype};"
                " use sequential, chunked or auto"
            )
    if not _has_forward_mode(cell, inputs):
        return (
            f"driver: newton cannot serve {cell.name}, whose step has no forward-mode derivative;"
            " use hoisted, sequential or auto"
        )
    return ""


def _has_forward_mode(cell: Cell, inputs: ScanInputs | None) -> bool:
    """Whether JAX can push a tangent of the carry through a step, as far as that is known."""
    expected = cell_parameters.expected(cell, None, cell.width)
    if inputs is not None:
        of_all = (inputs.params, cell.project(inputs.params, inputs.xs), inputs.carry)
        params, z, carry = of_all[0], jax.tree.map(lambda a: a[0], of_all[1]), of_all[2]
    elif expected is not None:
        params, z, carry = expected.params, expected.z, expected.start
    else:
        return True

    def pushed(params: Params, z: Tree, carry: Carry) -> Carry:
        return jax.jvp(lambda carry: advance(cell, params, carry, z), (carry,), (carry,))

    # What JAX leaves of a function with a backward pass of its own; it fails when it is compiled.
    return "custom_lin" not in str(jax.make_jaxpr(pushed)(params, z, carry))
