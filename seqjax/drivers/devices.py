"""Walks over several devices: each walks the rows that lie on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax

from seqjax.basics import cell_parameters, mesh
from seqjax.basics.cell import Cell
from seqjax.drivers.inputs import ScanInputs, ScanOutputs


def over_devices(
    run: Callable[..., ScanOutputs], cell: Cell, inputs: ScanInputs, options: Mapping[str, Any]
) -> ScanOutputs:
    """``run(cell, inputs, **options)``; under a mesh, each device walks its rows from end to end.

    No step waits for another device: what they exchange are gradients of weights, once, behind the
    loop. Left to itself, the compiler would add up those of each step, and would hand kernels that
    it cannot look into all rows on every device. Where rows cannot be cut evenly, or the cell does
    not say which of its parameters have some, that is what happens.
    """
    axes = cell_parameters.row_axes(cell, inputs.params) if mesh.size(mesh.DATA) > 1 else None
    if axes is None:
        return run(cell, inputs, **options)

    def walk(params: Any, xs: Any, carry: Any, start: Any, real: Any, restarts: Any) -> ScanOutputs:
        mine = inputs._replace(
            params=params, xs=xs, carry=carry, start=start, real=real, restarts=restarts
        )
        return run(cell, mine, **options)

    rows = jax.tree.leaves(inputs.xs)[0].shape[1]
    results: Any = ScanOutputs
    walked = mesh.over_rows(walk, rows, (axes, 1, 0, 0, 1, 1), results(0, 1, 1))
    outputs: ScanOutputs = walked(*inputs[:6])
    return outputs
