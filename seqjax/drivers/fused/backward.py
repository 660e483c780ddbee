"""The reverse loop of ``fused``; weight gradients are those of ``hoisted``, after the loop."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics import gates, masks
from seqjax.basics.trees import add
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.forward import Call
from seqjax.drivers.fused.layout import load, load_mask, load_step, load_weights, store, store_step
from seqjax.drivers.fused.walk import Walk
from seqjax.drivers.hoisted.forward import Residuals, direction
from seqjax.drivers.hoisted.recurrence import Args, Fixed, all_side
from seqjax.drivers.hoisted.weight_gradients import weight_gradients
from seqjax.drivers.inputs import ScanOutputs


class Inputs(NamedTuple):
    """References of the kernel."""

    params: Params
    weight: Any
    residuals: Residuals
    side: Tree
    real: Any
    restarts: Any
    cotangents: ScanOutputs


class Results(NamedTuple):
    """Cotangents that it writes."""

    carry: Carry
    start: Carry
    """None without restarts"""
    z: Any
    u: Any
    """None where it equals that of z"""
    side: Tree
    new: Carry
    """of what the gate gives; None where no parameter inside it needs it"""


def backward_step(
    walk: Walk, params: Params, weights: list[Array], dcarry: Carry, dstart: Carry, now: Any
) -> tuple[Carry, Carry, tuple[Columns, Columns | None, Tree, Carry]]:
    """(dcarry before, dstart, (dz, du, dside, dnew)) of one step, as ``hoisted`` makes them."""
    stages, (residuals, side, dhs, dstates, real, restart) = walk.stages, now
    dafter = add(dcarry, stages.read_back(dhs))
    if dstates is not None:
        dafter = add(dafter, dstates)
    dnew = masks.zero(real, dafter)
    kept, aux, before = residuals
    dz, du, dbefore, dside = stages.gate_back(params, kept, aux, before, side, dnew)
    dh = walk.products.backward(dz if du is None else du, weights)
    dcarry = masks.choose(real, add(dbefore, stages.hidden_back(params, dh)), dafter)
    if restart is not None:
        dstart = add(dstart, masks.zero(restart, dcarry))
        dcarry = masks.zero(~restart, dcarry)
    return dcarry, dstart, (dz, du, dside, dnew)


def walk_backward(walk: Walk, refs: Inputs, out: Results) -> None:
    """On a GPU: all steps back. What the next one needs is on its way while one is computed."""
    steps = refs.cotangents.hs.shape[0]
    first, stride = direction(walk.loop, steps)
    last, stride = first + stride * (steps - 1), -stride
    params, weights = walk.params(load(refs.params)), load_weights(refs.weight)

    def fetch(t: Any) -> tuple[Any, ...]:
        cotangents = refs.cotangents
        rows = load_step((refs.residuals, refs.side, cotangents.hs, cotangents.states), t)
        return *rows, load_mask(refs.real, t), load_mask(refs.restarts, t)

    def body(i: Array, state: tuple[Carry, Carry, Any]) -> tuple[Carry, Carry, Any]:
        dcarry, dstart, now = state
        t = last + stride * i
        coming = fetch(jnp.clip(t + stride, 0, steps - 1))
        dcarry, dstart, cotangents = backward_step(walk, params, weights, dcarry, dstart, now)
        for ref, value in zip((out.z, out.u, out.side, out.new), cotangents, strict=True):
            if ref is not None:
                store_step(ref, t, value)
        return dcarry, dstart, coming

    dcarry = load(refs.cotangents.carry)
    dstart = None if out.start is None else jax.tree.map(jnp.zeros_like, dcarry)
    dcarry, dstart, _ = lax.fori_loop(0, steps, body, (dcarry, dstart, fetch(last)))
    store(out.carry, dcarry)
    store(out.start, dstart)


def backward(
    walk: Walk,
    call: Call,
    args: Args,
    fixed: Fixed,
    residuals: Residuals,
    cotangents: ScanOutputs,
) -> Args:
    """The cotangents of args."""
    loop, layout, shapes, steps = walk.loop, walk.layout, walk.stages.shapes, len(args.z)
    hs, states = layout.steps((cotangents.hs, cotangents.states))
    inputs = Inputs(
        layout.params(args.params),
        layout.weight(walk.products.factor(args.weight), transposed=True),
        layout.steps(residuals),
        layout.steps(all_side(args, fixed)),
        layout.mask(fixed.real),
        layout.mask(fixed.restarts),
        ScanOutputs(layout.rows(cotangents.carry), hs, states),
    )
    additive = gates.is_additive(loop.gated.gate)
    side = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), args.side)
    results = Results(
        layout.empty_rows(shapes.carry),
        None if fixed.restarts is None else layout.empty_rows(shapes.carry),
        layout.empty_steps(steps, shapes.z),
        None if additive else layout.empty_steps(steps, shapes.z),
        layout.empty_steps(steps, side),
        layout.empty_steps(steps, shapes.carry) if loop.combine_params else None,
    )
    found: Results = call(walk, inputs, results)
    dzs, dus, dside, dnews = layout.back((found.z, found.u, found.side, found.new), axis=1)
    dcarry, dstart = layout.back((found.carry, found.start), axis=0)
    if dstart is None:
        dstart = jax.tree.map(jnp.zeros_like, args.start)
    dus = dzs if dus is None else dus
    dparams, dweight = weight_gradients(loop, args, fixed, residuals, dus, dnews)
    return Args(dparams, dweight, dzs, dside, dcarry, dstart)
