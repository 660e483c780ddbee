"""The settings of ``fused``."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import precision
from seqjax.drivers.inputs import ScanInputs

DEVICES = ("gpu", "tpu")


class Options(NamedTuple):
    """How a walk is made."""

    precision: str | None
    """one of ``PRECISIONS``; None: that of w_h"""
    interpret: bool
    """whether the kernel is walked through by XLA, operation by operation, on any device"""
    device: str | None = None
    """one of ``DEVICES`` whose kernel is taken; None: that of JAX, else that of a GPU"""

    def in_force(self, inputs: ScanInputs | None) -> Options:
        """Without a precision of its own, at that of all products of float32, if one was chosen."""
        weight = inputs.params.get("w_h") if inputs else None
        if self.precision or getattr(weight, "dtype", jnp.float32) != jnp.float32:
            return self
        return self._replace(precision=precision.current() or None)

    @property
    def on_tpu(self) -> bool:
        """Whether the kernel is that of a TPU."""
        return (self.device or jax.devices()[0].platform) == "tpu"
