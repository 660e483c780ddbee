"""Options of a draw that may differ from row to row: one number for all, or one for each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Array


class Range(NamedTuple):
    """Which values an option may have."""

    valid: Callable[[Any], Any]
    """of arrays, elementwise"""
    want: str


TEMPERATURE = Range(lambda t: (t >= 0) & (t < math.inf), "a finite number of 0 or more")
PROBABILITY = Range(lambda p: (p > 0) & (p <= 1), "a probability in (0, 1]")


def row_option(name: str, value: float | Array, logits: Array, allowed: Range) -> Array:
    """``value`` in the dtype of logits [..., V]: [] of a number, [..., 1] of one for each row.

    Raises:
      ValueError: for another shape than [] or [...], or for a value that is not allowed, where it
        is known.

    >>> row_option("temperature", [0.5, 2.0], jnp.zeros((2, 9)), TEMPERATURE).shape
    (2, 1)
    """
    shape = np.shape(value)
    if shape not in {(), logits.shape[:-1]}:
        raise ValueError(
            f"{name}: got shape {list(shape)}, want a number or one for each row, shape"
            f" {list(logits.shape[:-1])}"
        )
    if not isinstance(value, jax.core.Tracer):
        known = np.asarray(value)
        if known.dtype.kind == "O" or known.dtype.kind in "SU":
            raise ValueError(f"{name}: got {value!r}, want {allowed.want}")
        wrong = known[~allowed.valid(known)]
        if wrong.size:
            raise ValueError(f"{name}: got {wrong.flat[0]}, want {allowed.want}")
    array = jnp.asarray(value, logits.dtype)
    return array[..., None] if shape else array
