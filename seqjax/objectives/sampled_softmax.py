"""Sampled softmax: training with few of many words.

The normaliser Z = Σ_k exp(l_k) is estimated from candidates c_1 ... c_S drawn from Q:

    Ẑ = exp(l_target) + Σ_{s: c_s ≠ target} exp(l_{c_s}) / (S Q(c_s)),     E[Ẑ] = Z
    nats = log Ẑ - l_target

Its gradient touches the rows of the target and the candidates alone. It is biased (log is concave),
by less the more candidates there are. The estimate of Z by importance sampling: Bengio and Senécal
2008; used in this way: Jean et al. 2015.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import checks, indexing
from seqjax.basics.products import matmul, wide
from seqjax.basics.types import Array
from seqjax.objectives.cross_entropy import known


def sampled_softmax(
    w: Array, b: Array, hs: Array, targets: Array, *, samples: int, key: Array
) -> Array:
    """Estimated -log softmax(w h + b)_target for w [V, E], b [V], hs [..., E] -> nats [...].

    Ids are sorted by frequency, the most frequent is 0. Candidates are drawn with replacement from
    Q(k) = log((k + 2) / (k + 1)) / log(V + 1), Zipf's law nearly, and shared by all elements. For
    training alone: evaluate with the full softmax. A target outside [0, V) gives NaN.

    Raises:
      ValueError: for samples below 1 or hs of another width than w.

    >>> w, b, hs = jnp.zeros((50, 4)), jnp.zeros(50), jnp.ones((3, 4))
    >>> key = jax.random.key(0)
    >>> loss = jax.jit(sampled_softmax, static_argnames="samples")
    >>> loss(w, b, hs, jnp.array([0, 7, 49]), samples=8, key=key).shape
    (3,)
    """
    checks.positive("samples", samples)
    checks.width("hs", hs.shape, w.shape[1])
    candidates = log_uniform(key, samples, len(b))
    expected = samples * log_uniform_probability(candidates, len(b))
    return candidate_softmax(w, b, hs, targets, candidates, jnp.log(expected))


def log_uniform(key: Array, samples: int, vocabulary: int) -> Array:
    """int32 [S], S = ``samples`` ids with P(k) = log((k + 2) / (k + 1)) / log(V + 1)."""
    # floor((V + 1)^u) is k + 1 for (V + 1)^u in [k + 1, k + 2).
    u = jax.random.uniform(key, (samples,))
    ids = jnp.exp(u * jnp.log(vocabulary + 1.0)).astype(jnp.int32) - 1
    return jnp.clip(ids, 0, vocabulary - 1)


def log_uniform_probability(ids: Array, vocabulary: int) -> Array:
    """log((k + 2) / (k + 1)) / log(V + 1) of each id k; ids int [...] -> float32 [...].

    >>> float(log_uniform_probability(jnp.arange(1000), 1000).sum().round(4))
    1.0
    """
    return jnp.log1p(1 / (ids + 1.0)) / jnp.log(vocabulary + 1.0)


def candidate_softmax(
    w: Array, b: Array, hs: Array, targets: Array, candidates: Array, log_expected: Array
) -> Array:
    """log Ẑ - l_target for given candidates [S] and the log of how often each is expected [S].

    w [V, E], b [V], hs [..., E], targets int [...] -> nats [...], in float32 or wider, 0 or more.
    All ids once, each expected once, give the full softmax. A candidate outside [0, V) gives NaN.

    >>> w, b = jnp.eye(3), jnp.zeros(3)
    >>> nats = jax.jit(candidate_softmax)(w, b, w[0], jnp.array(0), jnp.arange(3), jnp.zeros(3))
    >>> bool(jnp.allclose(nats, -jax.nn.log_softmax(w[0])[0]))
    True
    """
    dtype = wide(hs.dtype)
    inside = jnp.clip(targets, 0, len(b) - 1)
    target_logits = jnp.sum(hs.astype(dtype) * w[inside], -1) + b[inside]
    offsets = indexing.rows(b, candidates) - log_expected
    sampled = matmul(hs, indexing.rows(w, candidates).T) + offsets
    # Less the target's before they are summed: then it is the 0 of a sum that is never below it.
    ahead = sampled - target_logits[..., None]
    ahead = jnp.where(candidates == targets[..., None], -jnp.inf, ahead)
    logits = jnp.concatenate([jnp.zeros_like(target_logits)[..., None], ahead], -1)
    return known(jax.nn.logsumexp(logits, -1), targets, len(b))
