"""What both loops of ``fused`` share: a traced cell, sizes, and the call of a kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton

from seqjax.basics.types import Array, Params, Tree
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.layout import ROWS, Layout, load
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.products import Products
from seqjax.drivers.fused.stages import Stages, stages
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop

Results = TypeVar("Results")

WARPS = 4
"""Of a program: 32 threads each. Measured once, on an H200, with bfloat16 products: the best of 1,
2 and 4 for heads of 32, and of 4 and 8 for heads of 128."""


class Walk(NamedTuple):
    """A walk that is known but for its numbers."""

    loop: Loop
    stages: Stages
    layout: Layout
    products: Products
    interpret: bool

    def params(self, refs: Params) -> Params:
        """The parameters of the cell as its functions take them; what they do not read is empty."""
        unread = jax.tree.map(lambda _: Columns(()), self.stages.shapes.params)
        return {**unread, **load(refs)}

    def call(self, kernel: Callable[..., None], inputs: Tree, results: Results) -> Results:
        """Runs a kernel, a program for each head and each ``ROWS`` rows."""
        options = {} if self.interpret else {"compiler_params": _compiler_params()}
        found: tuple[Results] = pl.pallas_call(
            partial(kernel, self),
            out_shape=(results,),
            grid=(self.layout.heads, self.layout.tiles),
            in_specs=(jax.tree.map(_spec, inputs)._replace(weight=_weight_spec(inputs.weight)),),
            out_specs=(jax.tree.map(_spec, results),),
            interpret=self.interpret,
            name=f"seqjax_fused_{kernel.__module__.rpartition('.')[2]}",
            **options,
        )(inputs)
        return found[0]


def prepare(options: Options, loop: Loop, args: Args, fixed: Fixed) -> Walk:
    """Traces the cell. Raises ``Unsupported`` for what no kernel can do."""
    heads = args.weight.shape[0] if args.weight.ndim == 3 else 1
    layout = Layout(args.z.shape[1], heads, args.weight.shape[-2])
    products = Products(layout, options.precision)
    rounded = jnp.dtype(products.factor(args.weight).dtype).itemsize == 2
    substitutes = APPROXIMATE if rounded and not options.interpret else {}
    traced = stages(loop, args, fixed, substitutes)
    return Walk(loop, traced, layout, products, options.interpret)


def _approximate_logistic(x: Array) -> Array:
    return 0.5 * triton.approx_tanh(0.5 * x) + 0.5


APPROXIMATE = {"tanh": triton.approx_tanh, "logistic": _approximate_logistic}
"""One instruction each, right to 2^-11: nothing beside products of 16 bits, whose factors are
right to 2^-9 or 2^-12."""


def _compiler_params() -> Any:
    return triton.CompilerParams(num_warps=WARPS, num_stages=1)


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
