"""What walks by generated code are functions of: ``native``, and the dense ones of ``fused``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import gates, products
from seqjax.basics.cell import Cell, Gated, SideProjection, gated, is_dense, split_side
from seqjax.basics.trees import floats, merge, widened
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.hoisted.recurrence import Fixed
from seqjax.drivers.inputs import ScanInputs, ScanOutputs
from seqjax.drivers.kernel_source import Functor, Shapes, functor, gate_graph
from seqjax.drivers.native import build
from seqjax.drivers.sequential import scan_steps


class Projection(NamedTuple):
    """z = x w_x + b, which the walk makes itself."""

    x: Array
    w_x: Array
    b: Array


class Args(NamedTuple):
    """What is differentiated."""

    params: Params
    """those that the gate and ``hidden`` look at"""
    w_h: Array
    z: Projection | Array
    """[T, B, kH], or what it is made from"""
    side: Tree
    """[T, B, ...]: floating leaves of what only ``combine`` sees"""
    carry: Carry
    start: Carry


class Loop(NamedTuple):
    """What is known before tracing."""

    cell: Cell
    functor: Functor
    reverse: bool
    states: bool

    @property
    def gate(self) -> str:
        """Its name among those that are compiled."""
        return build.gate_name(self.functor.body)


def _split(cell: Cell, inputs: ScanInputs) -> tuple[Projection | Array, Tree]:
    """(z, side) for all steps, without making the product."""
    project, xs, values = cell.project, inputs.xs, []
    if not is_dense(project):
        z, side = split_side(project(inputs.params, xs))
        return z.astype(jnp.float32), side
    while isinstance(project, SideProjection):
        xs, value = project.split(inputs.params, xs)
        project = project.project
        values.append(value)
    side = None
    for value in reversed(values):
        side = (value, side)
    return Projection(xs.astype(jnp.float32), inputs.params["w_x"], inputs.params["b"]), side


def _shape_of_step(cell: Cell, inputs: ScanInputs) -> Shapes:
    def step() -> Shapes:
        z, side = _split(cell, inputs)
        if isinstance(z, Projection):
            z = products.matmul(z.x, z.w_x) + z.b
        z, side = jax.tree.map(lambda a: a[0], (z, widened(side)))
        return Shapes(inputs.params, z, inputs.carry, side)

    shapes: Shapes = jax.eval_shape(step)
    return shapes


def functor_for(cell: Cell, shapes: Shapes) -> Functor:
    """The code of a cell's gate. Raises Refused for what has none."""
    leaves, structure = jax.tree.flatten(shapes)
    sizes = tuple((tuple(leaf.shape), str(leaf.dtype)) for leaf in leaves)
    recurrence = gated(cell, "driver: native")
    try:
        return _functor(recurrence, cell.read, structure, sizes)
    except TypeError:  # of parts that have no hash
        return functor(gate_graph(recurrence, cell.read, shapes))


@functools.lru_cache(1024)
def _functor(
    recurrence: Gated,
    read: Callable[[Carry], Array],
    structure: Any,
    sizes: tuple[tuple[tuple[int, ...], str], ...],
) -> Functor:
    leaves: Any = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in sizes]
    return functor(gate_graph(recurrence, read, structure.unflatten(leaves)))


def functor_of(cell: Cell, inputs: ScanInputs) -> Functor:
    """The code of a cell's gate for a walk. Raises Refused for what has none."""
    return functor_for(cell, _shape_of_step(cell, inputs))


def prepare(cell: Cell, inputs: ScanInputs) -> tuple[Loop, Args, Fixed]:
    """What a walk of ``native`` is a function of."""
    z, side = _split(cell, inputs)
    return split_args(cell, functor_of(cell, inputs), inputs, z, widened(side))


def split_args(
    cell: Cell, functor: Functor, inputs: ScanInputs, z: Projection | Array, side: Tree
) -> tuple[Loop, Args, Fixed]:
    """What a walk with this code is a function of, apart by whether it is differentiated."""
    loop = Loop(cell, functor, inputs.reverse, inputs.states)
    names, params, graph = sorted(inputs.params), inputs.params, functor.graph
    fields = [*graph.fields.values(), *graph.masks.values()]
    used = {names[field.leaf] for field in fields if field.kind == "param"}
    floating, other = floats(side)
    args = Args(
        {name: params[name] for name in names if name in used},
        params["w_h"],
        z,
        floating,
        inputs.carry,
        inputs.start,
    )
    others = {name: params[name] for name in names if name not in used}
    return loop, args, Fixed(others, other, inputs.real, inputs.restarts)


def reference(loop: Loop, args: Args, fixed: Fixed) -> ScanOutputs:
    """The same values by a scan that JAX can differentiate."""
    hidden, gate = gated(loop.cell, "driver: native")
    params, z = {**fixed.params, **args.params}, args.z
    if isinstance(z, Projection):
        z = products.matmul(z.x, z.w_x) + z.b

    def step(carry: Carry, now: tuple[Array, Tree]) -> Carry:
        z, side = now
        u = products.recur(hidden(params, carry), args.w_h)
        return gates.apply(gate, params, z, u, carry, side)

    zs = (z, merge(args.side, fixed.side))
    inputs = ScanInputs(
        params, zs, args.carry, args.start, fixed.real, fixed.restarts, loop.reverse, loop.states
    )
    return scan_steps(step, loop.cell.read, zs, inputs)
