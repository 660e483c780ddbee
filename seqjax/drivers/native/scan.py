"""The forward and the reverse loop of ``native``: one call of a kernel each."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax

from seqjax.basics.types import Array
from seqjax.drivers.hoisted.recurrence import Fixed
from seqjax.drivers.inputs import ScanOutputs
from seqjax.drivers.kernel_source import Field
from seqjax.drivers.native import blas
from seqjax.drivers.native.calls import call, marks, nothing, pack
from seqjax.drivers.native.gate_fields import Fields, field_cotangents, fields_of, places
from seqjax.drivers.native.recurrence import Args, Loop, Projection

SMALL, MANY = 1 << 18, 32
"""The kernel projects inputs itself, step by step, where weights have at most so many entries or
batches at least so many rows. Else it would wait for weights, and they are projected for all steps,
as they are where ``blas`` does that fastest."""


class Residuals(NamedTuple):
    """What the reverse loop needs, [T, B, ...] each; empty where a gate has no need of it."""

    kept: Array
    """values of the gate in the place of z"""
    more: Array
    """those beyond"""
    fed: Array
    """what was multiplied with w_h"""
    carries: list[Array]
    """parts of the carry before each step"""


def _projected(z: Projection | Array, batch: int, columns: int) -> tuple[Array, Projection | None]:
    """(z without b, empty where the kernel makes it; what it is made of, if that is known)."""
    if not isinstance(z, Projection):
        return z, None
    in_kernel = z.w_x.size <= SMALL or batch >= MANY
    if in_kernel and not blas.is_served(*z.x.shape, columns):
        return nothing(), z
    return blas.matmul(z.x, z.w_x), z


def _options(loop: Loop, args: Args, fields: Fields, first: int) -> dict[str, Any]:
    """What both loops are told, whose arguments from ``first`` on are those of the fields."""
    return {
        "gate": loop.gate,
        "head": args.w_h.shape[-2],
        "parts": loop.functor.graph.parts,
        "fields": places(fields.numbers, first),
        "masks": places(fields.masks, first),
        "reverse": loop.reverse,
        "states": loop.states,
    }


def _run(loop: Loop, args: Args, fixed: Fixed, keep: bool) -> tuple[ScanOutputs, Residuals]:
    """The outputs; with ``keep`` what the reverse loop needs, too."""
    code, gate = loop.functor, loop.functor.graph
    carry, structure = jax.tree.flatten(args.carry)
    (batch, units), parts = carry[0].shape, len(carry)
    columns = gate.blocks * units
    z, projection = _projected(args.z, batch, columns)
    steps = len(z if projection is None else projection.x)
    fields = fields_of(loop, args, fixed, units)
    fixed_args = [
        z,
        projection.x if projection else nothing(),
        nothing() if projection is None or z.size else pack(projection.w_x, gate.blocks, units),
        projection.b if projection else nothing(),
        pack(args.w_h, gate.blocks, units),
        marks(fixed.real),
        marks(fixed.restarts),
        *carry,
        *jax.tree.leaves(args.start),
    ]
    two = (2, batch, units)  # slots, by turns, if nothing is kept
    every = (steps, batch, units)
    slots = [every if keep and keeps else two for keeps in code.keeps]
    more = (steps, batch, max(0, code.kept - gate.blocks) * units)
    kept, beyond, hs, fed, *rest = call(
        "forward",
        [
            (steps, batch, columns) if keep else (0,),
            more if keep else (0,),
            every,
            (0,) if code.feeds < parts else every if keep else two,
            *slots,
            *(part.shape for part in carry),
            *([every] * parts if loop.states else []),
        ],
        *fixed_args,
        *fields.arrays,
        in_place=keep and z.size > 0,
        keep=keep,
        **_options(loop, args, fields, len(fixed_args)),
    )
    before, end, states = rest[:parts], rest[parts : 2 * parts], rest[2 * parts :]
    outputs = ScanOutputs(
        structure.unflatten(end), hs, structure.unflatten(states) if loop.states else None
    )
    carries = [a if keeps else nothing() for a, keeps in zip(before, code.keeps, strict=True)]
    return outputs, Residuals(kept, beyond, fed, carries)


def outputs(loop: Loop, args: Args, fixed: Fixed) -> ScanOutputs:
    """The outputs alone."""
    return _run(loop, args, fixed, keep=False)[0]


def forward(loop: Loop, args: Args, fixed: Fixed) -> tuple[ScanOutputs, Residuals]:
    """The outputs, and what the reverse loop needs."""
    return _run(loop, args, fixed, keep=True)


def backward(
    loop: Loop, args: Args, fixed: Fixed, residuals: Residuals, cotangents: ScanOutputs
) -> Args:
    """The cotangents of args."""
    code, gate = loop.functor, loop.functor.graph
    dlast, structure = jax.tree.flatten(cotangents.carry)
    (batch, units), parts = dlast[0].shape, len(dlast)
    kept, carries = residuals.kept, residuals.carries
    fields = fields_of(loop, args, fixed, units)
    fixed_args = [
        kept,
        pack(args.w_h, gate.blocks, units, transposed=True),
        residuals.more,
        cotangents.hs,
        marks(fixed.real),
        marks(fixed.restarts),
        *carries,
        *dlast,
        *(jax.tree.leaves(cotangents.states) if loop.states else []),
    ]

    def shape(field: Field) -> tuple[int, ...]:
        return (len(kept), batch, units) if field.kind == "side" else (batch, units)

    dz, du, *rest = call(
        "backward",
        [
            kept.shape,
            (0,) if gate.additive else kept.shape,
            *(2 * [(batch, units)] * parts),
            *map(shape, gate.fields.values()),
        ],
        *fixed_args,
        *fields.arrays,
        in_place=True,
        **_options(loop, args, fields, len(fixed_args)),
    )
    dcarry, dstart, dfields = rest[:parts], rest[parts : 2 * parts], rest[2 * parts :]
    du = dz if gate.additive else du
    fed = residuals.fed if code.feeds == parts else carries[code.feeds]
    dparams, dside = field_cotangents(loop, args, fixed, dfields)
    return Args(
        dparams,
        blas.recur_grad(fed, du, args.w_h),
        _projection_cotangents(args.z, dz),
        dside,
        structure.unflatten(dcarry),
        structure.unflatten(dstart),
    )


def _projection_cotangents(z: Projection | Array, dz: Array) -> Projection | Array:
    if not isinstance(z, Projection):
        return dz
    return Projection(
        blas.matmul_transposed(dz, z.w_x), blas.recur_grad(z.x, dz, z.w_x), dz.sum((0, 1))
    )
