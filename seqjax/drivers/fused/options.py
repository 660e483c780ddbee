"""The settings of ``fused``."""

from __future__ import annotations

from typing import NamedTuple

import jax

from seqjax.basics import precision

DEVICES = ("gpu", "tpu")


class Options(NamedTuple):
    """How a walk is made."""

    precision: str | None
    """one of ``PRECISIONS``; None: that of w_h"""
    interpret: bool
    """whether the kernel is walked through by XLA, operation by operation, on any device"""
    device: str | None = None
    """one of ``DEVICES`` whose kernel is taken; None: that of JAX, else that of a GPU"""

    @property
    def in_force(self) -> Options:
        """Without a precision of its own, at that of all products, if one was chosen."""
        return self._replace(precision=self.precision or precision.current() or None)

    @property
    def on_tpu(self) -> bool:
        """Whether the kernel is that of a TPU."""
        return (self.device or jax.devices()[0].platform) == "tpu"
