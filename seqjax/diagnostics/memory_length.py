"""Effective memory: how far back a change of the state is still felt."""

from __future__ import annotations

import math

import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array

E_FOLD = 1 / math.e


def memory_length(log_norms: Array, fraction: float = E_FOLD) -> Array:
    """The distance [B], in steps, at which |∂s_T/∂s_{T-k}| first falls to ``fraction``.

    Between two distances the logarithm is taken as linear. inf where it never falls so far within
    the row.

    Args:
      log_norms: [T + 1, B], in nats by distance, as ``state_flow`` gives them.
      fraction: above 0 and below 1.

    Raises:
      ValueError: for a fraction out of range, or norms of another shape.

    >>> halved = jnp.log(jnp.array([[1.0], [0.5], [0.25], [0.125]]))
    >>> float(memory_length(halved, 0.25)[0]), float(memory_length(halved, 0.01)[0])
    (2.0, inf)
    """
    checks.number("fraction", fraction, above=0)
    if not fraction < 1:
        raise ValueError(f"fraction: got {fraction}, want a number below 1")
    log_norms = jnp.asarray(log_norms)
    if log_norms.ndim != 2:
        raise ValueError(f"log_norms: got shape {log_norms.shape}, want [T + 1, B]")
    wanted = math.log(fraction)
    low = log_norms <= wanted + 1e-6  # NaN beyond the row is never low
    index = jnp.argmax(low, axis=0)
    below = jnp.take_along_axis(log_norms, index[None], 0)[0]
    above = jnp.take_along_axis(log_norms, jnp.maximum(index - 1, 0)[None], 0)[0]
    step = below - above
    share = jnp.where(jnp.isfinite(step) & (step < 0), (wanted - above) / step, 1.0)
    distance = index - 1 + jnp.clip(share, 0, 1)
    return jnp.where(low.any(0), distance, jnp.inf)
