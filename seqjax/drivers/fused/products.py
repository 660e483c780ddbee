"""The recurrent product of one head inside a kernel, gate by gate."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import lax

from seqjax.basics.products import wide
from seqjax.basics.types import Array
from seqjax.drivers.fused.columns import Columns, zero_beyond
from seqjax.drivers.fused.layout import Layout
from seqjax.drivers.fused.tpu_layout import TpuLayout


class Products(NamedTuple):
    """How a walk multiplies; weights are a list with w_h, or its transpose, of each gate."""

    layout: Layout | TpuLayout
    precision: str | None
    """as in ``Options``"""

    def factor(self, a: Array) -> Array:
        """``a`` in the dtype of a factor."""
        if self.precision is None:
            return a
        return a.astype("float32" if self.precision == "tf32" else self.precision)

    def _dot(self, a: Array, w: Array) -> Array:
        tf32 = self.precision == "tf32"
        return jnp.dot(
            a.astype(w.dtype),
            w,
            precision=lax.Precision.DEFAULT if tf32 else lax.Precision.HIGHEST,
            preferred_element_type=wide(w.dtype),
        )

    def forward(self, h: Columns, weights: list[Array]) -> Columns:
        """u = h . w_h."""
        (block,) = zero_beyond(h, self.layout.width).blocks
        return Columns(tuple(self._dot(block, w) for w in weights))

    def backward(self, du: Columns, transposed: list[Array]) -> Columns:
        """dh = du . w_h^T."""
        blocks = zero_beyond(du, self.layout.width).blocks
        parts = [self._dot(block, w) for block, w in zip(blocks, transposed, strict=True)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return Columns((total,))
