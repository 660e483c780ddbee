"""A walk in kernels, with derivatives of any order."""

from __future__ import annotations

from functools import partial

from seqjax.basics.cell import Cell
from seqjax.drivers.custom_backward import custom_backward
from seqjax.drivers.fused import gpu, tpu
from seqjax.drivers.fused.backward import backward, walk_backward
from seqjax.drivers.fused.dense import run as run_dense
from seqjax.drivers.fused.forward import forward, outputs, walk_forward
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.support import is_dense
from seqjax.drivers.fused.walk import prepare
from seqjax.drivers.hoisted.forward import by_scan
from seqjax.drivers.hoisted.recurrence import prepare as prepare_loop
from seqjax.drivers.inputs import ScanInputs, ScanOutputs


def run(options: Options, cell: Cell, inputs: ScanInputs) -> ScanOutputs:
    """Projects the inputs of all steps, then walks in one kernel each way."""
    if is_dense(options, inputs.params):
        return run_dense(options, cell, inputs)
    loop, args, fixed = prepare_loop(cell, inputs)
    walk = prepare(options, loop, args, fixed)
    calls = [partial(gpu.call, walk_forward), partial(gpu.call, walk_backward)]
    if options.on_tpu:
        calls = [partial(tpu.call, tpu.forward), partial(tpu.call, tpu.backward)]
    function = custom_backward(
        "fused",
        value=partial(outputs, walk, calls[0]),
        forward=partial(forward, walk, calls[0], True),
        backward=partial(backward, walk, calls[1]),
        reference=partial(by_scan, loop),
    )
    found: ScanOutputs = function(args, fixed)
    return found
