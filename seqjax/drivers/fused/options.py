"""The settings of ``fused``."""

from __future__ import annotations

from typing import NamedTuple

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")
"""What the factors of a product are rounded to; sums are float32 or wider."""


class Options(NamedTuple):
    """How a walk is made."""

    precision: str | None
    """one of ``PRECISIONS``; None: that of w_h"""
    interpret: bool
    """whether the kernel is walked through by XLA, operation by operation, on any device"""
