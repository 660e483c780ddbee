"""Where JAX computes."""

from __future__ import annotations

import jax


def on_cpu() -> bool:
    """Whether that is the CPU, unless told otherwise array by array."""
    device = getattr(jax.config, "jax_default_device", None) or jax.devices()[0]
    platform: str = device if isinstance(device, str) else device.platform
    return platform == "cpu"
