"""The forward loop of ``fused``: all steps of one head and some rows in one program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from seqjax.basics import masks
from seqjax.basics.types import Array, Carry, Params, Tree
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.layout import load, load_mask, load_step, load_weights, store, store_step
from seqjax.drivers.fused.walk import Walk
from seqjax.drivers.hoisted.forward import Residuals, direction
from seqjax.drivers.hoisted.recurrence import Args, Fixed, all_side
from seqjax.drivers.inputs import ScanOutputs

Call = Callable[[Walk, Any, Any], Any]
"""(walk, inputs, room for results) -> results: runs a kernel."""


class Inputs(NamedTuple):
    """References of the kernel."""

    params: Params
    weight: Any
    z: Any
    side: Tree
    real: Any
    restarts: Any
    carry: Carry
    start: Carry
    """None without restarts"""


class Results(NamedTuple):
    """What it writes; None where nobody asks for it."""

    carry: Carry
    hs: Any
    states: Carry | None
    residuals: Residuals | None


def forward_step(
    walk: Walk, params: Params, weights: list[Array], start: Carry, carry: Carry, now: Any
) -> tuple[Carry, Any]:
    """(carry after, residuals) of one step, as ``hoisted`` makes them."""
    stages, (z, side, real, restart) = walk.stages, now
    before = carry if restart is None else masks.choose(restart, start, carry)
    u = walk.products.forward(stages.hidden(params, before), weights)
    new, kept, aux = stages.gate(params, z, u, before, side)
    return masks.choose(real, new, before), Residuals(kept, aux, before)


def walk_forward(walk: Walk, refs: Inputs, out: Results) -> None:
    """On a GPU: all steps. Inputs of the next one are on their way while one is computed."""
    steps = refs.z.shape[0]
    first, stride = direction(walk.loop, steps)
    params, weights = walk.params(load(refs.params)), load_weights(refs.weight)
    start = load(refs.start)

    def fetch(t: Any) -> tuple[Columns, Tree, Array | None, Array | None]:
        z, side = load_step((refs.z, refs.side), t)
        return z, side, load_mask(refs.real, t), load_mask(refs.restarts, t)

    def body(i: Array, state: tuple[Carry, Any]) -> tuple[Carry, Any]:
        carry, now = state
        t = first + stride * i
        coming = fetch(jnp.clip(t + stride, 0, steps - 1))
        after, residuals = forward_step(walk, params, weights, start, carry, now)
        store_step(out.hs, t, walk.stages.read(after))
        if out.states is not None:
            store_step(out.states, t, after)
        if out.residuals is not None:
            store_step(out.residuals, t, residuals)
        return after, coming

    carry, _ = lax.fori_loop(0, steps, body, (load(refs.carry), fetch(first)))
    store(out.carry, carry)


def forward(
    walk: Walk, call: Call, keep: bool, args: Args, fixed: Fixed
) -> tuple[ScanOutputs, Any]:
    """The outputs; with ``keep`` what the reverse loop needs, else None beside them."""
    layout, shapes, steps = walk.layout, walk.stages.shapes, len(args.z)
    inputs = Inputs(
        layout.params(args.params),
        layout.weight(walk.products.factor(args.weight)),
        layout.steps(args.z),
        layout.steps(all_side(args, fixed)),
        layout.mask(fixed.real),
        layout.mask(fixed.restarts),
        layout.rows(args.carry),
        None if fixed.restarts is None else layout.rows(args.start),
    )
    kept = Residuals(shapes.kept, shapes.aux, shapes.carry)
    results = Results(
        layout.empty_rows(shapes.carry),
        layout.empty_steps(steps, shapes.y),
        layout.empty_steps(steps, shapes.carry) if walk.loop.states else None,
        layout.empty_steps(steps, kept) if keep else None,
    )
    found: Results = call(walk, inputs, results)
    hs, states, residuals = layout.back((found.hs, found.states, found.residuals), axis=1)
    return ScanOutputs(layout.back(found.carry, axis=0), hs, states), residuals


def outputs(walk: Walk, call: Call, args: Args, fixed: Fixed) -> ScanOutputs:
    """The outputs alone."""
    return forward(walk, call, False, args, fixed)[0]
