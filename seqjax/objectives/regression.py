"""Losses of numbers, one an element."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import optax

from seqjax.basics import checks
from seqjax.basics.products import wide
from seqjax.basics.types import Array
from seqjax.objectives.bernoulli import same


def regression_loss(name: str, *, delta: float = 1.0) -> Callable[[Array, Array], Array]:
    """(predictions [...], targets [...]) -> elements [...], in float32 or wider; e = y - target.

        mse     e²
        mae     |e|
        huber   e²/2 where |e| ≤ delta, else delta (|e| - delta/2)   (Huber 1964)

    Raises:
      ValueError: for an unknown name or a delta that is not above 0; from the function, if the
        shapes differ.

    >>> regression_loss("huber")(jnp.array([0.5, 3.0]), jnp.array([0.0, 0.0]))
    Array([0.125, 2.5  ], dtype=float32)
    """
    if not 0 < delta < float("inf"):
        raise ValueError(f"delta: got {delta}, want a number above 0")
    element = checks.lookup("loss", LOSSES, name)

    def elements(predictions: Array, targets: Array) -> Array:
        same("targets", targets, predictions)
        dtype = wide(predictions.dtype)
        return element(predictions.astype(dtype), jnp.asarray(targets, dtype), delta)

    return elements


LOSSES: dict[str, Callable[[Array, Array, float], Array]] = {
    "mse": lambda y, target, delta: (y - target) ** 2,
    "mae": lambda y, target, delta: jnp.abs(y - target),
    "huber": lambda y, target, delta: optax.huber_loss(y, target, delta=delta),
}
