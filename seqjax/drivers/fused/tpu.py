"""``fused`` on a TPU: a step for each program of the grid, one after the other.

w_h lies in the fast memory (VMEM) from the first step to the last, since every program asks for the
same block of it, and so does the carry: the result that holds it is one block for all steps. The
parts of a step are those of the kernels for GPUs.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu

from seqjax.basics.types import Array, Tree
from seqjax.drivers.fused import backward as back
from seqjax.drivers.fused import forward as ahead
from seqjax.drivers.fused.columns import Columns, is_columns
from seqjax.drivers.fused.tpu_layout import TpuLayout
from seqjax.drivers.fused.walk import Walk
from seqjax.drivers.hoisted.forward import direction

Results = TypeVar("Results")


def _flags(ref: Any) -> Array | None:
    """A mask, [R, 1]."""
    return None if ref is None else ref[0] != 0


def _typed(tree: Tree, likes: Tree) -> Tree:
    """Side inputs whose flags are flags again."""

    def typed(value: Columns, like: Any) -> Columns:
        flags = like.dtype == bool
        return Columns(tuple(block != 0 if flags else block for block in value.blocks))

    return jax.tree.map(typed, tree, likes, is_leaf=is_columns)


def forward(walk: Walk, refs: ahead.Inputs, out: ahead.Results) -> None:
    """One step; the carry is that of ``out``."""
    load, store = _memory(walk)

    @pl.when(pl.program_id(1) == 0)
    def first() -> None:
        store(out.carry, load(refs.carry))

    side = _typed(load(refs.side), walk.stages.shapes.side)
    now = load(refs.z), side, _flags(refs.real), _flags(refs.restarts)
    params, weights = walk.params(load(refs.params)), _weights(refs.weight)
    carry, residuals = ahead.forward_step(
        walk, params, weights, load(refs.start), load(out.carry), now
    )
    store(out.carry, carry)
    store(out.hs, walk.stages.read(carry))
    if out.states is not None:
        store(out.states, carry)
    if out.residuals is not None:
        store(out.residuals, residuals)


def backward(walk: Walk, refs: back.Inputs, out: back.Results) -> None:
    """One step back; the cotangents of the carry and of the start are those of ``out``."""
    load, store = _memory(walk)

    @pl.when(pl.program_id(1) == 0)
    def first() -> None:
        store(out.carry, load(refs.cotangents.carry))
        if out.start is not None:
            store(out.start, jax.tree.map(jnp.zeros_like, load(out.start)))

    cotangents, side = refs.cotangents, _typed(load(refs.side), walk.stages.shapes.side)
    given = load(refs.residuals), side, load(cotangents.hs), load(cotangents.states)
    now = *given, _flags(refs.real), _flags(refs.restarts)
    dcarry, dstart, results = back.backward_step(
        walk,
        walk.params(load(refs.params)),
        _weights(refs.weight),
        load(out.carry),
        load(out.start),
        now,
    )
    store(out.carry, dcarry)
    for ref, value in zip((out.z, out.u, out.side, out.new), results, strict=True):
        if ref is not None:
            store(ref, value)
    if out.start is not None:
        store(out.start, dstart)


def _memory(walk: Walk) -> Any:
    assert isinstance(walk.layout, TpuLayout)
    return walk.layout.load, walk.layout.store


def _weights(ref: Any) -> list[Array]:
    return [ref[0, q] for q in range(ref.shape[1])]


def call(kernel: Any, walk: Walk, inputs: Any, results: Results) -> Results:
    """What the kernel writes, over all tiles of rows and steps."""
    layout = walk.layout
    steps = len(inputs.z) if kernel is forward else len(inputs.cotangents.hs)
    assert isinstance(layout, TpuLayout)
    first, stride = direction(walk.loop, steps)
    if kernel is backward:
        first, stride = first + stride * (steps - 1), -stride
    spec = partial(_spec, layout.tile, lambda i: first + stride * i)
    found: tuple[Results] = pl.pallas_call(
        partial(kernel, walk),
        out_shape=(results,),
        grid=(layout.tiles, steps),
        in_specs=(jax.tree.map(spec, inputs),),
        out_specs=(jax.tree.map(spec, results),),
        interpret=walk.interpret,
        name=f"seqjax_fused_{kernel.__name__}",
    )(inputs)
    return found[0]


def _spec(tile: int, step: Any, a: Any) -> pl.BlockSpec:
    """The part of an array that a program (tile, step) sees; the shape says what it is."""
    match a.ndim:
        case 1:  # a number
            return pl.BlockSpec((1,), lambda b, i: (0,), memory_space=tpu.SMEM)
        case 2:  # rows
            return pl.BlockSpec((tile, a.shape[1]), lambda b, i: (b, 0))
        case 3 if a.shape[:2] == (1, 1):  # parameters
            return pl.BlockSpec(a.shape, lambda b, i: (0, 0, 0))
        case 3:  # steps, masks
            return pl.BlockSpec((1, tile, a.shape[2]), lambda b, i: (step(i), b, 0))
        case _:  # weights
            return pl.BlockSpec(a.shape, lambda b, i: (0, 0, 0, 0))
