"""Weighted sums: inside jit as (total, count), over a data set added without rounding.

Losses and metrics travel as (values, weights) or (total, count), never as means: a mean of means
over unequal batches is a wrong number. Floating-point sums depend on their grouping, so figures
over a data set are added exactly, and come out the same to the last bit however elements are cut
into batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from seqjax.basics.products import wide
from seqjax.basics.types import Array

WEIGHT = "weight"
"""The metric whose count a loss is a mean over, where that is not the count of "loss"."""
UNIT = 1126
"""Every finite float64 is an integer times 2^-UNIT: frexp's exponents begin at -1073, less 53."""
AT_ONCE = 2**26
"""So many integers below 2^27 float64 adds without rounding."""


def masked(values: Array, weights: Array) -> tuple[Array, Array]:
    """(Σ w v, Σ w) of two arrays of one shape, in float32 or wider.

    Where the weight is 0 nothing of the value enters, NaN and infinity included, nor anything of
    its gradient.

    Raises:
      ValueError: if the shapes differ.

    >>> masked(jnp.array([1.0, 2.0, jnp.nan]), jnp.array([1, 1, 0]))
    (Array(3., dtype=float32), Array(2., dtype=float32))
    """
    _same_shape("weights", jnp.shape(values), jnp.shape(weights))
    weights = jnp.asarray(weights, wide(values.dtype))
    return jnp.sum(jnp.where(weights != 0, values, 0) * weights), jnp.sum(weights)


def mean(total: Array, count: Array) -> Array:
    """total / count; 0, as its gradient is, where nothing counts.

    The mean that training minimises. Over several batches it is Σ count · mean / Σ count, so the
    count has to travel with it.

    >>> float(mean(jnp.array(3.0), jnp.array(0.5))), float(mean(jnp.array(0.0), jnp.array(0.0)))
    (6.0, 0.0)
    """
    return total / jnp.where(count > 0, count, 1)


class Exact(NamedTuple):
    """A sum of floats without rounding: ``units`` 2^-UNIT, unless ``wild``."""

    units: int = 0
    wild: float = 0.0
    """The sum of the terms that were infinite or NaN."""

    def plus(self, terms: np.ndarray) -> Exact:
        """This and all ``terms``, float64 [N].

        >>> Exact().plus(np.array([1e100, 1.0, -1e100])).units == 2**UNIT
        True
        """
        finite = np.isfinite(terms)
        wild = sum(terms[~finite].tolist(), self.wild)
        return Exact(self.units + _units(terms[finite]), wild)


def _units(terms: np.ndarray) -> int:
    """The sum of finite float64 [N], exactly, as a multiple of 2^-UNIT."""
    fractions, exponents = np.frexp(terms)
    integers = np.ldexp(fractions, 53).astype(np.int64)  # term = integer · 2^(exponent - 53)
    powers = exponents + (UNIT - 53)
    total = 0
    # Halves of 26 and 27 bits, added for each exponent apart.
    for half, shift in ((integers >> 27, 27), (integers & (2**27 - 1), 0)):
        for begin in range(0, len(half), AT_ONCE):
            part = slice(begin, begin + AT_ONCE)
            sums = np.bincount(powers[part], half[part])
            for power in np.flatnonzero(sums).tolist():
                total += int(sums[power]) << (power + shift)
    return total


Sums = Mapping[str, tuple[Exact, Exact]]
"""The total and the count of each metric."""


def accumulate(sums: Sums, metrics: Mapping[str, tuple[Array, Array]]) -> Sums:
    """``sums`` and one batch of metrics, name -> (values, weights) of one shape; begin with {}.

    Outside jit. Terms w v are rounded to float64 (not at all for float32) and added exactly.
    Elements of weight 0 do not enter.

    Raises:
      ValueError: if shapes differ, or a weight is negative, infinite or NaN.

    >>> sums = accumulate({}, {"loss": (jnp.array([1.0, 2.0]), jnp.array([1, 1]))})
    >>> means(accumulate(sums, {"loss": (jnp.array([6.0]), jnp.array([1]))}))
    {'loss': 3.0}
    """
    return dict(sums) | {
        name: _add(name, sums.get(name, (Exact(), Exact())), *pair)
        for name, pair in metrics.items()
    }


def _add(
    name: str, sums: tuple[Exact, Exact], values: Array, weights: Array
) -> tuple[Exact, Exact]:
    _same_shape(f"weights of {name}", np.shape(values), np.shape(weights))
    w = np.asarray(weights).astype(np.float64).ravel()
    invalid = w[~(np.isfinite(w) & (w >= 0))]
    if invalid.size:
        raise ValueError(f"weights of {name}: got {invalid[0]}, want finite weights of 0 or more")
    v = np.asarray(values).astype(np.float64).ravel()[w > 0]
    w = w[w > 0]
    with np.errstate(over="ignore"):
        return sums[0].plus(v * w), sums[1].plus(w)


def means(sums: Sums) -> dict[str, float]:
    """total / count of each metric, rounded once; NaN or infinite if a value was.

    For an example: ``accumulate``.

    Raises:
      ValueError: for a metric whose weights were all 0.
    """
    return {name: _mean(name, *pair) for name, pair in sums.items()}


def _mean(name: str, total: Exact, count: Exact) -> float:
    if not count.units:
        raise ValueError(f"{name}: got weights of 0 alone, want one element or more to count")
    return total.wild if total.wild != 0 else total.units / count.units


def _same_shape(name: str, values: tuple[int, ...], weights: tuple[int, ...]) -> None:
    if values != weights:
        raise ValueError(f"{name}: got shape {weights}, want {values}, that of the values")
