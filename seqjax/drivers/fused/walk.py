"""What both loops of ``fused`` share: a traced cell and sizes."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.experimental.pallas import triton

from seqjax.basics.types import Array, Params
from seqjax.drivers.fused.columns import Columns
from seqjax.drivers.fused.layout import Layout
from seqjax.drivers.fused.options import Options
from seqjax.drivers.fused.products import Products
from seqjax.drivers.fused.stages import Stages, stages
from seqjax.drivers.fused.tpu_layout import TpuLayout
from seqjax.drivers.hoisted.recurrence import Args, Fixed, Loop


class Walk(NamedTuple):
    """A walk that is known but for its numbers."""

    loop: Loop
    stages: Stages
    layout: Layout | TpuLayout
    products: Products
    interpret: bool

    def params(self, loaded: Params) -> Params:
        """The parameters of the cell as its functions take them; what they do not read is empty."""
        unread = jax.tree.map(lambda _: Columns(()), self.stages.shapes.params)
        return {**unread, **loaded}


def prepare(options: Options, loop: Loop, args: Args, fixed: Fixed) -> Walk:
    """Traces the cell. Raises ``Unsupported`` for what no kernel can do."""
    heads = args.weight.shape[0] if args.weight.ndim == 3 else 1
    sizes = Layout(args.z.shape[1], heads, args.weight.shape[-2])
    layout = TpuLayout(sizes.batch, sizes.width) if options.on_tpu else sizes
    products = Products(layout, options.precision)
    rounded = jnp.dtype(products.factor(args.weight).dtype).itemsize == 2
    approximate = rounded and not options.interpret and not options.on_tpu
    traced = stages(loop, args, fixed, APPROXIMATE if approximate else {})
    return Walk(loop, traced, layout, products, options.interpret)


def _approximate_logistic(x: Array) -> Array:
    return 0.5 * triton.approx_tanh(0.5 * x) + 0.5


APPROXIMATE = {"tanh": triton.approx_tanh, "logistic": _approximate_logistic}
"""One instruction each, right to 2^-11: nothing beside products of 16 bits, whose factors are
right to 2^-9 or 2^-12."""
