"""Linear-chain conditional random fields (Lafferty et al. 2001), as scans in the log semiring.

    s(y) = starts[y_1] + Σ_t e_t[y_t] + Σ_t transitions[y_t, y_t+1] + ends[y_L]
    p(y) = exp(s(y)) / Z,   Z = Σ_y' exp(s(y'))

Emissions e [T, B, C] are scores of C tags at each step. Parameters: {"transitions" [C, C] from row
to column, "starts" [C], "ends" [C]}. Rows end at ``lengths`` int [B]; in the padding emissions and
tags may hold anything. A row of length 0 has one way to be tagged: Z = 1, and all its numbers are
0. All is computed in float32, or float64 for such emissions.
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
    >>> free = {"transitions": jnp.zeros((2, 2)), "starts": jnp.zeros(2), "ends": jnp.zeros(2)}
    >>> chain = constrained(free, legal(["O", "I-x"], "IOB2"))  # I follows no O, and begins nothing
    >>> emissions = jnp.array([[[0.0, 9.0]], [[0.0, 9.0]]])
    >>> viterbi(chain, emissions, jnp.array([2]))[0][:, 0]
    Array([0, 0], dtype=int32)
    """
    return {
        name: jnp.where(getattr(legal, name), params[name], FORBIDDEN) for name in Legal._fields
    }


def crf_nll(params: Params, emissions: Array, tags: Array, lengths: Array) -> Array:
    """-log p(tags) = log Z - s(tags) of each row, in nats: [B].

    emissions [T, B, C], tags int [T, B], lengths int [B]. A tag outside [0, C) before the end of
    its row gives NaN.

    Raises:
      ValueError: for shapes that do not fit, tags that are no integers, or lengths outside [0, T].

    >>> params = {"transitions": jnp.zeros((2, 2)), "starts": jnp.zeros(2), "ends": jnp.zeros(2)}
    >>> crf_nll(params, jnp.zeros((3, 1, 2)), jnp.zeros((3, 1), int), jnp.array([3]))  # ln 2^3
    Array([2.0794415], dtype=float32)
    """
    chain = _chain(params, emissions, lengths)
    shape, dtype = jnp.shape(tags), jnp.result_type(tags)
    if shape != emissions.shape[:2] or not jnp.issubdtype(dtype, jnp.integer):
        raise ValueError(
            f"tags: got {dtype}{list(shape)}, want integers of shape {list(emissions.shape[:2])},"
            f" as emissions are {list(emissions.shape)}"
        )
    unknown = chain.real & ((tags < 0) | (tags >= emissions.shape[-1]))
    return jnp.where(unknown.any(0), jnp.nan, _log_partition(chain) - _score(chain, tags))


def marginals(params: Params, emissions: Array, lengths: Array) -> Array:
    """p(y_t = c) of each step, [T, B, C]; 0 in the padding.

    It is ∂ log Z / ∂ e_t[c]: the backward pass of the scan is the backward half of the
    forward-backward algorithm.

    Raises:
      ValueError: for shapes that do not fit, or lengths outside [0, T].
    """
    chain = _chain(params, emissions, lengths)

    def log_partition(emissions: Array) -> Array:
        return _log_partition(chain._replace(emissions=emissions)).sum()

    probabilities: Array = jax.grad(log_partition)(chain.emissions)
    return probabilities


def viterbi(params: Params, emissions: Array, lengths: Array) -> tuple[Array, Array]:
    """(argmax_y s(y) int32 [T, B], its s [B]): the likeliest tags, 0 in the padding.

    Of equally good tags the first wins, decided from the last step to the first.

    Raises:
      ValueError: for shapes that do not fit, or lengths outside [0, T].
    """
    chain = _chain(params, emissions, lengths)
    same = jnp.arange(emissions.shape[-1], dtype=jnp.int32)

    def forward(best: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
        e, real = step
        scores = best[:, :, None] + chain.transitions
        back = jnp.where(real[:, None], jnp.argmax(scores, 1).astype(jnp.int32), same)
        return masks.choose(real, jnp.max(scores, 1) + e, best), back

    best, backs = jax.lax.scan(forward, _first(chain), (chain.emissions[1:], chain.real[1:]))
    best = best + chain.ends
    last = jnp.argmax(best, -1).astype(jnp.int32)

    def follow_back(tag: Array, back: Array) -> tuple[Array, Array]:
        return jnp.take_along_axis(back, tag[:, None], 1)[:, 0], tag

    first, rest = jax.lax.scan(follow_back, last, backs, reverse=True)
    tags = jnp.concatenate([first[None], rest])
    return masks.zero(chain.real, tags), masks.zero(chain.real[0], best.max(-1))


class _Chain(NamedTuple):
    """All that a scan needs, in one dtype and with its shapes checked."""

    transitions: Array
    starts: Array
    ends: Array
    emissions: Array
    real: Array
    """bool [T, B]"""


def _chain(params: Params, emissions: Array, lengths: Array) -> _Chain:
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
    return _Chain(
        transitions=jnp.asarray(params["transitions"], dtype),
        starts=jnp.asarray(params["starts"], dtype),
        ends=jnp.asarray(params["ends"], dtype),
        # The padding may hold NaN, whose gradient would come back as NaN though it is not chosen.
        emissions=masks.zero(real, emissions.astype(dtype)),
        real=real,
    )


def _first(chain: _Chain) -> Array:
    return chain.starts + chain.emissions[0]


def _log_partition(chain: _Chain) -> Array:
    """α_1 = starts + e_1,  α_t = e_t + logsumexp_i(α_t-1[i] + transitions[i]);  log Z [B]."""

    def step(alpha: Array, inputs: tuple[Array, Array]) -> tuple[Array, None]:
        e, real = inputs
        next_alpha = jax.nn.logsumexp(alpha[:, :, None] + chain.transitions, axis=1) + e
        return masks.choose(real, next_alpha, alpha), None

    alpha, _ = jax.lax.scan(step, _first(chain), (chain.emissions[1:], chain.real[1:]))
    log_z: Array = masks.zero(chain.real[0], jax.nn.logsumexp(alpha + chain.ends, -1))
    return log_z


def _score(chain: _Chain, tags: Array) -> Array:
    """s(tags) of each row, [B]."""
    real = chain.real
    tags = jnp.where(real, jnp.clip(tags, 0, chain.ends.shape[0] - 1), 0)
    e = jnp.take_along_axis(chain.emissions, tags[..., None], -1)[..., 0]
    transitions: Array = masks.zero(real[1:], chain.transitions[tags[:-1], tags[1:]])
    last = jnp.take_along_axis(tags, jnp.maximum(real.sum(0) - 1, 0)[None], 0)[0]
    ends: Array = masks.zero(real[0], chain.starts[tags[0]] + chain.ends[last])
    return e.sum(0) + transitions.sum(0) + ends
