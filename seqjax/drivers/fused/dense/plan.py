"""What is decided before a walk: its gate as code, the factors of its products, its layouts."""

from __future__ import annotations

from typing import NamedTuple

import jax

from seqjax.basics import precision
from seqjax.basics.cell import Cell, split_side
from seqjax.basics.trees import widened
from seqjax.basics.types import Carry, Params, Tree
from seqjax.drivers.fused.columns import Unsupported
from seqjax.drivers.fused.dense.device import Device
from seqjax.drivers.fused.dense.layouts import Layout, Sizes, choose
from seqjax.drivers.fused.dense.source import FACTORS, Factor, Source, source
from seqjax.drivers.fused.options import Options
from seqjax.drivers.hoisted.recurrence import Fixed
from seqjax.drivers.inputs import ScanInputs
from seqjax.drivers.kernel_source import Functor, Refused, Shapes
from seqjax.drivers.native.recurrence import Args, Loop, functor_for, split_args

PLACES = 96
"""As in kernels/arguments.h."""


class Plan(NamedTuple):
    """Of a walk."""

    functor: Functor
    factor: Factor
    ways: dict[Sizes, Layout]
    """forward and backward"""
    source: Source


def shapes_of_step(cell: Cell, params: Params, xs: Tree, carry: Carry) -> Shapes:
    """Of what the gate of a walk gets at a step."""

    def step(params: Params, xs: Tree, carry: Carry) -> Shapes:
        z, side = split_side(cell.project(params, xs))
        z, side = jax.tree.map(lambda a: a[0], widened((z, side)))
        return Shapes(params, z, widened(carry), side)

    shapes: Shapes = jax.eval_shape(step, params, xs, carry)
    return shapes


def functor_of(cell: Cell, shapes: Shapes) -> Functor:
    """The code of a gate. Raises ``Unsupported`` for what has none."""
    try:
        code = functor_for(cell, shapes)
    except Refused as refused:
        raise Unsupported(f"it has {refused}") from None
    graph = code.graph
    most = 8 + 6 * graph.parts + 2 * len(graph.fields) + len(graph.masks)
    if most > PLACES:
        raise Unsupported(f"its gate has {most} arrays, want at most {PLACES}")
    return code


def plan(options: Options, cell: Cell, inputs: ScanInputs, device: Device) -> Plan:
    """Raises ``Unsupported`` for what the kernel, or the device, cannot do."""
    weight = inputs.params["w_h"]
    if weight.dtype == "float64":
        raise Unsupported("w_h is float64, want float32, bfloat16 or float16")
    name = options.precision or precision.factor_dtype(weight.dtype).name
    if name not in FACTORS:
        raise Unsupported(
            f"a dense w_h of {weight.shape[0]} units wants products of bfloat16, float16 or tf32,"
            f' got {name} (precision="tf32" rounds their factors)'
        )
    factor = FACTORS[name]
    if device.capability < 9:
        raise Unsupported(
            f"a dense w_h of {weight.shape[0]} units wants an NVIDIA GPU of compute capability 9 or"
            f" higher, got {device.kind}"
        )
    code = functor_of(cell, shapes_of_step(cell, inputs.params, inputs.xs, inputs.carry))
    leaf = jax.tree.leaves(inputs.carry)[0]
    (batch, units), gates = leaf.shape, code.graph.blocks
    if weight.shape != (units, gates * units):
        raise Unsupported(f"w_h has shape {list(weight.shape)}, want [{units}, {gates * units}]")
    if not batch:
        raise Unsupported("there are no rows")
    ways = {}
    for backward in (False, True):
        sizes = Sizes(backward, gates, units, -(-batch // 16), factor.numbers)
        layout = choose(sizes, device.multiprocessors)
        if layout is None:
            raise Unsupported(
                f"w_h of {gates} gates of {units} units with {batch} rows does not fit into the"
                f" registers of {device.multiprocessors} multiprocessors"
            )
        ways[sizes] = layout
    return Plan(code, factor, ways, source(code.body, factor, ways))


def prepare(plan: Plan, cell: Cell, inputs: ScanInputs) -> tuple[Loop, Args, Fixed]:
    """Projects the inputs of all steps: what a walk is a function of."""
    z, side = split_side(cell.project(inputs.params, inputs.xs))
    return split_args(cell, plan.functor, inputs, z, side)
