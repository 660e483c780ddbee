"""A candidate above zero, and its logarithm: for cells that can be walked in log space."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics.types import Array


def positive(x: Array) -> Array:
    """g(x) = x + 1/2 for x >= 0, else σ(x): continuous, above 0 (Feng et al. 2024, appendix B.3).

    >>> positive(jnp.array([0.0, 1.5])).tolist()
    [0.5, 2.0]
    """
    return jnp.where(x >= 0, x + 0.5, jax.nn.sigmoid(x))


def log_positive(x: Array) -> Array:
    """log g(x), which does not underflow where g does.

    >>> log_positive(jnp.array([-1000.0, 0.5])).tolist()
    [-1000.0, 0.0]
    """
    # Where x is below 0 the unused branch sees 0, so that its gradient is a number. Not relu, whose
    # slope at 0 is 0: inputs that are zero are not rare.
    above = x >= 0
    return jnp.where(above, jnp.log(jnp.where(above, x, 0) + 0.5), jax.nn.log_sigmoid(x))
