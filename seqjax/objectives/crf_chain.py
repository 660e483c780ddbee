"""A linear chain of tags: its parameters and emissions, as the scans over it take them.

    s(y) = starts[y_1] + Σ_t e_t[y_t] + Σ_t transitions[y_t, y_t+1] + ends[y_L]

Emissions e [T, B, C] are scores of C tags at each step. Parameters: {"transitions" [C, C] from row
to column, "starts" [C], "ends" [C]}. Rows end at ``lengths`` int [B]; in the padding emissions and
tags may hold anything. All is computed in float32, or float64 for such emissions.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from seqjax.basics import checks, masks
from seqjax.basics.products import wide
from seqjax.basics.types import Array, Params
from seqjax.objectives.tag_schemes import Legal

FORBIDDEN = -1e30
"""The score of what is not legal: its probability is 0 exactly, and unlike -∞ it has gradients."""


def constrained(params: Params, legal: Legal) -> Params:
    """The parameters with ``FORBIDDEN`` wherever ``legal``, three masks, says no.

    Where no legal path is as long as a row, its numbers mean nothing.

    >>> from seqjax.objectives.tag_schemes import legal
    >>> from seqjax.objectives.viterbi import viterbi
    >>> free = {"transitions": jnp.zeros((2, 2)), "starts": jnp.zeros(2), "ends": jnp.zeros(2)}
    >>> chain = constrained(free, legal(["O", "I-x"], "IOB2"))  # I follows no O, and begins nothing
    >>> emissions = jnp.array([[[0.0, 9.0]], [[0.0, 9.0]]])
    >>> jax.jit(viterbi)(chain, emissions, jnp.array([2]))[0][:, 0]
    Array([0, 0], dtype=int32)
    """
    return {
        name: jnp.where(getattr(legal, name), params[name], FORBIDDEN) for name in Legal._fields
    }


class Chain(NamedTuple):
    """All that a scan needs, in one dtype and with its shapes checked."""

    transitions: Array
    starts: Array
    ends: Array
    emissions: Array
    real: Array
    """bool [T, B]"""


def chain_of(params: Params, emissions: Array, lengths: Array) -> Chain:
    """The chain of parameters, emissions [T, B, C] and lengths int [B].

    Raises:
      ValueError: for shapes that do not fit, or lengths outside [0, T].
    """
    emissions = jnp.asarray(emissions)
    steps, batch = checks.sequence({}, emissions)
    tags, dtype = emissions.shape[-1], wide(emissions.dtype)
    for name, want in (("transitions", (tags, tags)), ("starts", (tags,)), ("ends", (tags,))):
        if jnp.shape(params[name]) != want:
            raise ValueError(
                f"{name}: got shape {jnp.shape(params[name])}, want {want}, as emissions are"
                f" {emissions.shape}"
            )
    real = masks.valid(checks.lengths(lengths, steps, batch), steps)
    assert real is not None
    return Chain(
        transitions=jnp.asarray(params["transitions"], dtype),
        starts=jnp.asarray(params["starts"], dtype),
        ends=jnp.asarray(params["ends"], dtype),
        # The padding may hold NaN, whose gradient would come back as NaN though it is not chosen.
        emissions=masks.zero(real, emissions.astype(dtype)),
        real=real,
    )


def first_scores(chain: Chain) -> Array:
    """starts + e_1, [B, C]."""
    return chain.starts + chain.emissions[0]


def less_its_largest(scores: Array) -> Array:
    """scores [B, C] less a constant of each row, which has no gradient: the largest becomes 0."""
    largest = jax.lax.stop_gradient(scores.max(-1, keepdims=True))
    return scores - jnp.where(jnp.isfinite(largest), largest, 0)


def clipped(chain: Chain, tags: Array) -> Array:
    """The tags, 0 in the padding, and inside [0, C) where they are not."""
    return jnp.where(chain.real, jnp.clip(tags, 0, chain.ends.shape[0] - 1), 0)
