"""Where JAX computes."""

from __future__ import annotations

import jax


def on_cpu() -> bool:
    """Whether that is the CPU, unless told otherwise array by array."""
    device = getattr(jax.config, "jax_default_device", None) or jax.devices()[0]
    platform: str = device if isinstance(device, str) else device.platform
    return platform == "cpu"


def cuda_capability() -> float:
    """The compute capability of the NVIDIA GPU that JAX computes on, 0 where there is none."""
    device = jax.devices()[0]
    try:
        return 0.0 if device.platform != "gpu" else float(device.compute_capability)
    except (AttributeError, ValueError):  # of another maker
        return 0.0
