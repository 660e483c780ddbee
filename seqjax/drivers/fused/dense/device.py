"""The GPU that JAX computes on, as far as a layout depends on it."""

from __future__ import annotations

from typing import NamedTuple

import jax

from seqjax.drivers.platform import cuda_capability


class Device(NamedTuple):
    """A GPU, or what there is in its place."""

    capability: float
    """0 where it is no NVIDIA GPU"""
    multiprocessors: int
    kind: str


def current() -> Device:
    """The first one that JAX has."""
    first = jax.devices()[0]
    count = int(getattr(first, "core_count", 0) or 0)
    return Device(cuda_capability(), count, str(first.device_kind))
