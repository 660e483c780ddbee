"""NumPy's draws from a JAX key: nothing to compile for a few numbers."""

from __future__ import annotations

import jax
import numpy as np

from seqjax.basics.types import Array


def generator(key: Array) -> np.random.Generator:
    """The same draws for the same key, ``jax.random.key(0)``, on every machine."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))
