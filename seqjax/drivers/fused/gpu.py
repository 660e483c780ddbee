"""A kernel on a GPU: a program for each head and each ``ROWS`` rows, which walks all steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import jax
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from seqjax.basics.types import Tree
from seqjax.drivers.fused.layout import ROWS, Layout
from seqjax.drivers.fused.walk import Walk

Results = TypeVar("Results")

WARPS = 4
"""Of a program: 32 threads each. Measured once, with a prototype, on an H200, with bfloat16
products: the best of 1, 2 and 4 for heads of 32, and of 4 and 8 for heads of 128. Compiled by
Triton 3.6 for compute capability 9.0, an LSTM takes 86 registers a thread forward and 128 backward
with heads of 32; with 128 in bfloat16 or 64 in float32 it takes all 255, and spills some."""


def call(
    kernel: Callable[[Walk, Any, Any], None], walk: Walk, inputs: Tree, results: Results
) -> Results:
    """What the kernel writes."""
    assert isinstance(walk.layout, Layout)
    found: tuple[Results] = pl.pallas_call(
        partial(kernel, walk),
        out_shape=(results,),
        grid=(walk.layout.heads, walk.layout.tiles),
        in_specs=(jax.tree.map(_spec, inputs)._replace(weight=_weight_spec(inputs.weight)),),
        out_specs=(jax.tree.map(_spec, results),),
        interpret=walk.interpret,
        name=f"seqjax_fused_{kernel.__name__.removeprefix('walk_')}",
        compiler_params=None
        if walk.interpret
        else triton.CompilerParams(num_warps=WARPS, num_stages=1),
    )(inputs)
    return found[0]


def _spec(a: Any) -> pl.BlockSpec:
    """The part of an array that a program (head, tile) sees; the rank says what it is."""
    match a.ndim:
        case 5:  # steps
            steps, _, blocks, _, columns = a.shape
            shape = (steps, ROWS, blocks, None, columns)
            return pl.BlockSpec(shape, lambda n, b: (0, b, 0, n, 0))
        case 4:  # rows
            _, blocks, _, columns = a.shape
            return pl.BlockSpec((ROWS, blocks, None, columns), lambda n, b: (b, 0, n, 0))
        case 3:  # parameters
            blocks, _, columns = a.shape
            return pl.BlockSpec((blocks, None, columns), lambda n, b: (0, n, 0))
        case _ if a.shape == (1, 1):  # a number
            return pl.BlockSpec((1, 1), lambda n, b: (0, 0))
        case _:  # a mask
            return pl.BlockSpec((a.shape[0], ROWS), lambda n, b: (0, b))


def _weight_spec(w: Any) -> pl.BlockSpec:
    return pl.BlockSpec((None, *w.shape[1:]), lambda n, b: (n, 0, 0, 0))
