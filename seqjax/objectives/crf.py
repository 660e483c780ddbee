"""Linear-chain conditional random fields (Lafferty et al. 2001), as scans in the log semiring.

    p(y) = exp(s(y)) / Z,   Z = Σ_y' exp(s(y'))

Scores s, parameters and emissions: ``crf_chain``. A row of length 0 has one way to be tagged:
Z = 1, and all its numbers are 0.

No number is the difference of two sums over all steps: of 20,000 steps these are so large that
float32 has no digit left for what they differ by. The loss is a sum of conditional ones,

    -log p(y) = Σ_t log(1 + Σ_{j ≠ y_t} exp(q_t[j] - q_t[y_t]))
    q_t[j]    = transitions[y_t-1, j] + e_t[j] + β_t[j],    at the first step starts[j] + ...

with β_t[i] = log Σ exp(s) over all ways on from tag i at step t. A constant that is added for all
tags of a step changes neither this nor marginals: what a scan carries is kept at a largest of 0.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import indexing, masks
from seqjax.basics.types import Array, Params
from seqjax.objectives.crf_chain import Chain, chain_of, clipped, first_scores, less_its_largest


def crf_nll(params: Params, emissions: Array, tags: Array, lengths: Array) -> Array:
    """-log p(tags) = log Z - s(tags) of each row, in nats, 0 or more: [B].

    emissions [T, B, C], tags int [T, B], lengths int [B]. A tag outside [0, C) before the end of
    its row gives NaN, and no gradient.

    Raises:
      ValueError: for shapes that do not fit, tags that are no integers, or lengths outside [0, T].

    >>> params = {"transitions": jnp.zeros((2, 2)), "starts": jnp.zeros(2), "ends": jnp.zeros(2)}
    >>> scores, tags, lengths = jnp.zeros((3, 1, 2)), jnp.zeros((3, 1), int), jnp.array([3])
    >>> jax.jit(crf_nll)(params, scores, tags, lengths)  # ln 2^3
    Array([2.0794415], dtype=float32)
    """
    chain = chain_of(params, emissions, lengths)
    shape, dtype = jnp.shape(tags), jnp.result_type(tags)
    if shape != emissions.shape[:2] or not jnp.issubdtype(dtype, jnp.integer):
        raise ValueError(
            f"tags: got {dtype}{list(shape)}, want integers of shape {list(emissions.shape[:2])},"
            f" as emissions are {list(emissions.shape)}"
        )
    classes = emissions.shape[-1]
    unknown = chain.real & ~indexing.inside(tags, classes)
    tags = clipped(chain, tags)
    # What may follow the tag before; before the first one stands the beginning.
    ways = jnp.concatenate([chain.starts + chain.emissions[:1], chain.emissions[1:]])
    ways = ways.at[1:].add(chain.transitions[tags[:-1]]) + _ways_on(chain)
    # From an impossible tag nothing leads on; that counts once, as ∞, where it is chosen.
    lost = (ways == -jnp.inf).all(-1, keepdims=True).at[0].set(False)
    ways = jnp.where(lost, 0, ways)
    nats = masks.zero(chain.real & ~lost[..., 0], _others_than(ways, tags)).sum(0)
    return jnp.where(unknown.any(0), jnp.nan, nats)


def marginals(params: Params, emissions: Array, lengths: Array) -> Array:
    """p(y_t = c) of each step, [T, B, C]; 0 in the padding.

    It is ∂ log Z / ∂ e_t[c]: the backward pass of the scan is the backward half of the
    forward-backward algorithm.

    Raises:
      ValueError: for shapes that do not fit, or lengths outside [0, T].
    """
    chain = chain_of(params, emissions, lengths)

    def log_partition(emissions: Array) -> Array:
        return _log_partition(chain._replace(emissions=emissions)).sum()

    probabilities: Array = jax.grad(log_partition)(chain.emissions)
    return probabilities


def _ways_on(chain: Chain) -> Array:
    """β_L = ends,  β_t[i] = logsumexp_j(transitions[i, j] + e_t+1[j] + β_t+1[j]); [T, B, C].

    Up to a constant at each step of a row.
    """

    def step(beta: Array, following: tuple[Array, Array]) -> tuple[Array, Array]:
        e, real = following
        before = jax.nn.logsumexp(chain.transitions + (e + beta)[:, None], axis=2)
        before = masks.choose(real, less_its_largest(before), beta)
        return before, before

    last = jnp.broadcast_to(chain.ends, chain.emissions.shape[1:])
    following = chain.emissions[1:], chain.real[1:]
    _, betas = jax.lax.scan(step, last, following, reverse=True)
    return jnp.concatenate([betas, last[None]])


def _others_than(scores: Array, tags: Array) -> Array:
    """-log softmax(scores [..., C]) at tags [...], as log(1 + Σ_{j ≠ tag} exp(scores_j - s_tag)).

    Exact, too, where the tag is nearly certain, and never below 0.
    """
    is_tag = jnp.arange(scores.shape[-1]) == tags[..., None]
    others = jnp.where(is_tag, -jnp.inf, scores)
    largest = jax.lax.stop_gradient(others.max(-1, keepdims=True))
    largest = jnp.where(jnp.isfinite(largest), largest, 0)
    total = jnp.exp(others - largest).sum(-1)
    # Twice where: no others at all, or none that is possible, have no gradient.
    logs = jnp.where(total > 0, jnp.log(jnp.where(total > 0, total, 1)), -jnp.inf)
    ahead = logs + largest[..., 0] - indexing.entries(scores, tags)
    return jax.nn.softplus(ahead)


def _log_partition(chain: Chain) -> Array:
    """α_1 = starts + e_1,  α_t = e_t + logsumexp_i(α_t-1[i] + transitions[i]);  log Z [B].

    Up to a constant for each row, which has no gradient.
    """

    def step(alpha: Array, inputs: tuple[Array, Array]) -> tuple[Array, None]:
        e, real = inputs
        next_alpha = jax.nn.logsumexp(alpha[:, :, None] + chain.transitions, axis=1) + e
        return masks.choose(real, less_its_largest(next_alpha), alpha), None

    alpha, _ = jax.lax.scan(step, first_scores(chain), (chain.emissions[1:], chain.real[1:]))
    log_z: Array = masks.zero(chain.real[0], jax.nn.logsumexp(alpha + chain.ends, -1))
    return log_z
