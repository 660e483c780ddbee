"""What the loops of ``hoisted`` are functions of: inputs that are projected, weights folded."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax

from seqjax.basics import gates
from seqjax.basics.cell import Cell, Gated, gated, is_dense, split_side
from seqjax.basics.trees import floats, merge
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.hoisted.slots import get
from seqjax.drivers.inputs import ScanInputs


class Args(NamedTuple):
    """What is differentiated."""

    params: Params
    """those that the gate and ``hidden`` look at"""
    weight: Array
    """w_h, folded"""
    z: Array
    """[T, B, kH], folded"""
    side: Tree
    """[T, B, ...]: floating leaves of what only ``combine`` sees"""
    carry: Carry
    start: Carry


class Fixed(NamedTuple):
    """What is not."""

    params: Params
    side: Tree
    real: Array | None
    restarts: Array | None


class Loop(NamedTuple):
    """What is known before tracing: the cell, and which of its parameters have a derivative."""

    cell: Cell
    reverse: bool
    states: bool
    combine_params: tuple[str, ...]
    hidden_params: tuple[str, ...]

    @property
    def gated(self) -> Gated:
        return gated(self.cell, "driver: hoisted")


def _names_used(function: Any, params: Params, *args: Any) -> tuple[str, ...]:
    """Names of the parameters that function(params, *args) looks at."""
    jaxpr = jax.make_jaxpr(function)(params, *args).jaxpr
    read = {id(v) for equation in jaxpr.eqns for v in equation.invars}
    read |= {id(v) for v in jaxpr.outvars}
    paths = [path for path, _ in jax.tree_util.tree_leaves_with_path(params)]
    names = {path[0].key for path, v in zip(paths, jaxpr.invars, strict=False) if id(v) in read}
    return tuple(sorted(names))


def prepare(cell: Cell, inputs: ScanInputs) -> tuple[Loop, Args, Fixed]:
    """Projects inputs and folds constants of activations into weights, for all steps at once."""
    hidden, gate = gated(cell, "driver: hoisted")
    params = inputs.params
    if is_dense(cell.project):  # then folding the weights spares a pass over z
        folded = {name: gates.fold(gate, params[name]) for name in ("w_x", "b")}
        z, side = split_side(cell.project({**params, **folded}, inputs.xs))
    else:
        z, side = split_side(cell.project(params, inputs.xs))
        z = gates.fold(gate, z)
    floating, other = floats(side)

    first = jax.eval_shape(lambda tree: get(tree, 0), (z, side))
    blocks = jax.eval_shape(lambda p, z: gates.blocks(gate, p, z, z), params, first[0])
    in_combine = _names_used(gate.combine, params, blocks, inputs.carry, first[1])
    in_hidden = _names_used(hidden, params, inputs.carry)
    used = {*in_combine, *in_hidden, *([gate.bias] if gate.bias else [])}
    args = Args(
        {name: params[name] for name in params if name in used},
        gates.fold(gate, params["w_h"]),
        z,
        floating,
        inputs.carry,
        inputs.start,
    )
    others = {name: params[name] for name in params if name not in used}
    loop = Loop(cell, inputs.reverse, inputs.states, in_combine, in_hidden)
    return loop, args, Fixed(others, other, inputs.real, inputs.restarts)


def all_params(args: Args, fixed: Fixed) -> Params:
    """The parameters as the cell names them."""
    return {**fixed.params, **args.params}


def all_side(args: Args, fixed: Fixed) -> Tree:
    """What only ``combine`` sees, of all steps."""
    return merge(args.side, fixed.side)
