"""The settings of ``fused``."""

from __future__ import annotations

from typing import NamedTuple

import jax

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")
"""What the factors of a product are rounded to; sums are float32 or wider."""


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
    def on_tpu(self) -> bool:
        """Whether the kernel is that of a TPU."""
        return (self.device or jax.devices()[0].platform) == "tpu"
