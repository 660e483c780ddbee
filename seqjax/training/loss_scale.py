"""A factor that keeps gradients within the range of float16, and adapts (Micikevicius et al. 2018).

    gradient = ∇ (scale · loss) / scale

Float16 has nothing below 3e-8 and nothing above 65504. Gradients of a mean over thousands are often
below; times the scale, a power of two, they are not, and divided by it they are what they were. Too
large a scale shows as a gradient that is not finite while the loss is: that step is left out, the
scale is halved, and the run goes on.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from seqjax.basics.types import Array

FIRST, LEAST, MOST = 2.0**15, 1.0, 2.0**24
PERIOD = 2000
"""Finite gradients in a row, after which the scale is doubled."""


class LossScale(NamedTuple):
    """The scale, which training changes and a checkpoint keeps."""

    scale: Array
    """float32, a power of two"""
    finite: Array
    """int32, finite gradients in a row since the scale changed"""

    @classmethod
    def start(cls, scale: float = FIRST) -> LossScale:
        """That of the first step."""
        return cls(jnp.float32(scale), jnp.int32(0))

    def overflow(self, loss: Array, gradient: Array) -> Array:
        """Whether a gradient is not finite because of the scale, from whether both are finite.

        With a loss that is none, or at the least scale, something else is wrong.
        """
        return loss & ~gradient & (self.scale > LEAST)

    def after(self, overflow: Array, gradient: Array) -> LossScale:
        """Halved after an overflow, doubled after ``PERIOD`` finite gradients.

        >>> yes, no = jnp.bool_(True), jnp.bool_(False)
        >>> scale = LossScale.start().after(overflow=yes, gradient=no)
        >>> float(scale.scale), int(scale.finite)
        (16384.0, 0)
        >>> scale = scale._replace(finite=jnp.int32(PERIOD - 1)).after(overflow=no, gradient=yes)
        >>> float(scale.scale), int(scale.finite)
        (32768.0, 0)
        """
        finite = jnp.where(gradient, self.finite + 1, jnp.where(overflow, 0, self.finite))
        grown = finite >= PERIOD
        factor = jnp.where(overflow, 0.5, jnp.where(grown, 2.0, 1.0))
        return LossScale(jnp.minimum(self.scale * factor, MOST), jnp.where(grown, 0, finite))
