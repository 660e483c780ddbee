"""A walk in kernels, with derivatives of any order."""

from __future__ import annotations

from functools import partial

from seqjax.basics.cell import Cell
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.fused.backward import backward
from seqjax.drivers.fused.forward import forward, outputs
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.walk import prepare
from seqjax.drivers.hoisted.forward import by_scan
from seqjax.drivers.hoisted.recurrence import prepare as prepare_loop
from seqjax.drivers.inputs import ScanInputs, ScanOutputs


def run(options: Options, cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Projects the inputs of all steps, then walks in one kernel each way."""
    loop, args, fixed = prepare_loop(cell, inputs)
    walk = prepare(options, loop, args, fixed)
    function = custom_backward(
        "fused",
        value=partial(outputs, walk),
        forward=partial(forward, walk, True),
        backward=partial(backward, walk),
        reference=partial(by_scan, loop),
    )
    found: ScanOutputs = function(args, fixed)
    return found
