"""The forward and the reverse loop: one call of a kernel each, and the products after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import products
from seqjax.basics.trees import widened
from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused.dense.call import Place, Result, Walk, call
from seqjax.drivers.fused.dense.plan import Plan
from seqjax.drivers.hoisted.recurrence import Fixed
from seqjax.drivers.inputs import ScanOutputs
from seqjax.drivers.native.gate_fields import field_cotangents, fields_of
from seqjax.drivers.native.recurrence import Args, Loop


class Residuals(NamedTuple):
    """What the reverse loop needs; None where a gate has no need of it."""

    kept: Array | None
    """[T, B, nH]"""
    fed: Array | None
    """what was multiplied with w_h, where that is no part of the carry"""
    carries: list[Array | None]
    """parts of the carry before each step, [T, B, H]"""


def _poisoned(fault: Array, tree: Tree) -> Tree:
    """NaN where a wait took too long, whatever the kernel has written."""
    return jax.tree.map(lambda a: jnp.where(fault, jnp.nan, a), tree)


def _like(tree: Tree, likes: Tree) -> Tree:
    return jax.tree.map(lambda a, like: a.astype(like.dtype), tree, likes)


def _fields(loop: Loop, args: Args, fixed: Fixed, units: int) -> list[Place]:
    """The fields of the gate, then its masks."""
    fields = fields_of(loop, args, fixed, units)
    arrays = widened(fields.arrays)
    return [Place(arrays[i], block, True) for i, block in [*fields.numbers, *fields.masks]]


def _walk(plan: Plan, loop: Loop, z: Array, units: int) -> Walk:
    return Walk(plan.source.name, z.shape[0], z.shape[1], units, loop.reverse)


def _places(arrays: Iterable[Array | None]) -> list[Place]:
    return [Place(array) for array in arrays]


def _run(
    plan: Plan, loop: Loop, args: Args, fixed: Fixed, keep: bool
) -> tuple[ScanOutputs, Residuals]:
    """The outputs; with ``keep`` what the reverse loop needs, too."""
    code = plan.functor
    leaves, structure = jax.tree.flatten(args.carry)
    parts, (batch, units) = len(leaves), leaves[0].shape
    z = jnp.asarray(args.z, jnp.float32)
    every, last = Result((len(z), batch, units)), Result((batch, units))
    sizes, layout = next(iter(plan.ways.items()))
    nothing = Result(None)
    made, fault = call(
        _walk(plan, loop, z, units), sizes, layout,
        [
            *_places([z, args.w_h.astype(plan.factor.dtype), fixed.real, fixed.restarts]),
            *_places(widened([*leaves, *jax.tree.leaves(args.start)])),
            *_fields(loop, args, fixed, units),
        ],
        [
            every,
            every if keep and code.feeds == parts else nothing,
            Result((len(z), batch, code.kept * units)) if keep and code.kept else nothing,
            *[last] * parts,
            *(every if keep and keeps else nothing for keeps in code.keeps),
            *[every if loop.states else nothing] * parts,
        ],
    )  # fmt: skip
    hs, fed, kept, *rest = made
    assert hs is not None
    hs = hs.astype(jax.eval_shape(loop.cell.read, args.carry).dtype)
    end, carries, states = rest[:parts], rest[parts : 2 * parts], rest[2 * parts :]
    carry, hs = _poisoned(fault, (_like(structure.unflatten(end), args.carry), hs))
    after = _like(structure.unflatten(states), args.carry) if loop.states else None
    return ScanOutputs(carry, hs, after), Residuals(kept, fed, carries)


def outputs(plan: Plan, loop: Loop, args: Args, fixed: Fixed) -> ScanOutputs:
    """The outputs alone."""
    return _run(plan, loop, args, fixed, keep=False)[0]


def forward(plan: Plan, loop: Loop, args: Args, fixed: Fixed) -> tuple[ScanOutputs, Residuals]:
    """The outputs, and what the reverse loop needs."""
    return _run(plan, loop, args, fixed, keep=True)


def backward(
    plan: Plan, loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> Args:
    """The cotangents of args."""
    code, graph = plan.functor, plan.functor.graph
    dlast, structure = jax.tree.flatten(cotangents.carry)
    parts, (batch, units) = len(dlast), dlast[0].shape
    z = jnp.asarray(args.z)
    steps = len(z)
    every, last = Result((steps, batch, units)), Result((batch, units))
    of_gates = Result((steps, batch, graph.blocks * units))
    sizes, layout = list(plan.ways.items())[1]
    dstates = jax.tree.leaves(cotangents.states) if loop.states else [None] * parts
    made, fault = call(
        _walk(plan, loop, z, units), sizes, layout,
        [
            *_places([args.w_h.astype(plan.factor.dtype), residuals.kept]),
            *_places([jnp.asarray(cotangents.hs, jnp.float32), fixed.real, fixed.restarts]),
            *_places([*residuals.carries, *widened([*dlast, *dstates])]),
            *_fields(loop, args, fixed, units),
        ],
        [
            of_gates,
            Result(None) if graph.additive else of_gates,
            *[last] * (2 * parts),
            *(every if field.kind == "side" else last for field in graph.fields.values()),
        ],
    )  # fmt: skip
    dz, du, *rest = made
    dcarry, dstart, dfields = rest[:parts], rest[parts : 2 * parts], rest[2 * parts :]
    du = dz if du is None else du
    fed = residuals.fed if code.feeds == parts else residuals.carries[code.feeds]
    assert fed is not None and dz is not None and du is not None
    dparams, dside = field_cotangents(loop, args, fixed, [d for d in dfields if d is not None])
    dw_h = products.recur_grad(fed, du, args.w_h)
    dparams, dw_h, dcarry, dstart = _poisoned(fault, (dparams, dw_h, dcarry, dstart))
    gradient = Args(
        dparams, dw_h, dz, dside, structure.unflatten(dcarry), structure.unflatten(dstart)
    )
    wanted: Args = _like(gradient, args)
    return wanted
