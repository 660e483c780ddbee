"""A walk by the dense kernels, and whether there is one."""

from __future__ import annotations

from functools import partial

from seqjax.basics.cell import Cell
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.fused.columns import Unsupported
from seqjax.drivers.fused.dense import device, host
from seqjax.drivers.fused.dense.plan import Plan, plan, prepare
from seqjax.drivers.fused.dense.walk import backward, forward, outputs
from seqjax.drivers.fused.options import Options
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.native.recurrence import reference


def loaded(options: Options, cell: Cell, inputs: ScanInputs) -> Plan:
    """The plan of a walk, whose kernels are compiled and fit on the device.

    Raises:
      Unsupported: for what the kernels or the device cannot do.
      ValueError: of the compilers.
    """
    here = device.current()
    found = plan(options, cell, inputs, here)
    host.load(found.source, here.capability)
    for sizes, layout in found.ways.items():
        columns, groups = sizes.blocks(layout)
        room = host.room(found.source, sizes, layout)
        if columns * groups > room:
            raise Unsupported(f"{columns * groups} blocks would have to run at once, {room} can")
    return found


def run(options: Options, cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Projects the inputs of all steps, then walks in one kernel each way."""
    found = loaded(options, cell, inputs)
    loop, args, fixed = prepare(found, cell, inputs)
    function = custom_backward(
        "fused",
        value=partial(outputs, found, loop),
        forward=partial(forward, found, loop),
        backward=partial(backward, found, loop),
        reference=partial(reference, loop),
    )
    made: ScanOutputs = function(args, fixed)
    return made
