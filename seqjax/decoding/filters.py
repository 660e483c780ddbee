"""Filters on logits [..., V]: what may not be chosen becomes -inf, the rest stays as it is.

Among equal logits the smaller id is kept first, so the number of kept ids is exact. NaN is no
number that could be left out: it stays.
"""

from __future__ import annotations

from collections.abc import Iterable

import jax
import jax.numpy as jnp

from seqjax.basics import checks
from seqjax.basics.types import Array
from seqjax.decoding.row_options import PROBABILITY, row_option
from seqjax.decoding.step import log_softmax


def top_k(logits: Array, k: int) -> Array:
    """Keeps the k largest of each row; all of them where k is V or more.

    Raises:
      ValueError: for a k below 1.

    >>> top_k(jnp.array([1.0, 3.0, 2.0]), 2)
    Array([-inf,   3.,   2.], dtype=float32)
    """
    checks.positive("top_k", k)
    if k >= logits.shape[-1]:
        return logits
    _, ids = jax.lax.top_k(logits, k)
    none = jnp.zeros(logits.shape, bool)
    return _keep(jnp.put_along_axis(none, ids, True, axis=-1, inplace=False), logits)


def top_p(logits: Array, p: float | Array) -> Array:
    """Keeps the smallest set whose probability reaches p, and always the most probable id.

    The ids are taken from the most probable one on, until Σ softmax(logits) ≥ p; p = 1 keeps all
    (nucleus sampling, Holtzman et al. 2020). p is a number or one for each row, [...]; it may be
    traced. Probabilities are added in float32 or wider, whatever the dtype of the logits.

    Raises:
      ValueError: for a p outside (0, 1], where its value is known, or of another shape.

    >>> jax.jit(top_p)(jnp.log(jnp.array([0.25, 0.5, 0.125, 0.125])), 0.7).round(2)
    Array([-1.39, -0.69,  -inf,  -inf], dtype=float32)
    """
    probabilities = jnp.exp(log_softmax(logits))
    p = row_option("top_p", p, probabilities, PROBABILITY)
    order = jnp.argsort(logits, axis=-1, descending=True, stable=True)
    falling = jnp.take_along_axis(probabilities, order, axis=-1)
    reached = jnp.cumsum(falling, axis=-1)
    mass_before = jnp.pad(reached[..., :-1], [(0, 0)] * (logits.ndim - 1) + [(1, 0)])
    kept = (mass_before < p) | (p >= 1)  # rounded sums may reach 1 before the last id
    kept = kept | jnp.isnan(logits).any(-1, keepdims=True)
    return _keep(jnp.take_along_axis(kept, jnp.argsort(order, axis=-1), axis=-1), logits)


def forbid(logits: Array, ids: Iterable[int] | Array) -> Array:
    """Drops the given ids from every row.

    Raises:
      ValueError: for an id outside [0, V), ids that are traced, or if nothing is left to choose.

    >>> forbid(jnp.array([1.0, 3.0, 2.0]), [1])
    Array([  1., -inf,   2.], dtype=float32)
    """
    vocabulary = logits.shape[-1]
    if isinstance(ids, jax.core.Tracer) or not hasattr(ids, "__iter__"):
        raise ValueError(f"forbid: got {ids!r}, want ids that are known before the program runs")
    for each in ids:
        checks.one_id("forbid", each, vocabulary)
    forbidden = sorted({int(each) for each in ids})
    if len(forbidden) == vocabulary:
        raise ValueError(f"forbid: got all {vocabulary} ids, want at least one left to choose")
    return logits.at[..., jnp.array(forbidden, int)].set(-jnp.inf) if forbidden else logits


def _keep(kept: Array, logits: Array) -> Array:
    return jnp.where(kept, logits, -jnp.inf)
