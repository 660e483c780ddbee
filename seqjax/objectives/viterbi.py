"""The likeliest tags of a linear chain (Viterbi 1967)."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from seqjax.basics import masks
from seqjax.basics.types import Array, Params
from seqjax.objectives.crf_chain import Chain, chain_of, first_scores, less_its_largest


def viterbi(params: Params, emissions: Array, lengths: Array) -> tuple[Array, Array]:
    """(argmax_y s(y) int32 [T, B], its s [B]): the likeliest tags, 0 in the padding.

    Of equally good tags the first wins, decided from the last step to the first.

    Raises:
      ValueError: for shapes that do not fit, or lengths outside [0, T].
    """
    chain = chain_of(params, emissions, lengths)
    same = jnp.arange(emissions.shape[-1], dtype=jnp.int32)

    def forward(best: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
        e, real = step
        scores = best[:, :, None] + chain.transitions
        back = jnp.where(real[:, None], jnp.argmax(scores, 1).astype(jnp.int32), same)
        return masks.choose(real, less_its_largest(jnp.max(scores, 1) + e), best), back

    best, backs = jax.lax.scan(forward, first_scores(chain), (chain.emissions[1:], chain.real[1:]))
    best = best + chain.ends
    last = jnp.argmax(best, -1).astype(jnp.int32)

    def follow_back(tag: Array, back: Array) -> tuple[Array, Array]:
        return jnp.take_along_axis(back, tag[:, None], 1)[:, 0], tag

    first, rest = jax.lax.scan(follow_back, last, backs, reverse=True)
    tags = jnp.concatenate([first[None], rest])
    return masks.zero(chain.real, tags), _score(chain, tags)


def _score(chain: Chain, tags: Array) -> Array:
    """s(tags) of each row, [B]; tags are 0 in the padding."""
    real = chain.real
    e = jnp.take_along_axis(chain.emissions, tags[..., None], -1)[..., 0]
    transitions: Array = masks.zero(real[1:], chain.transitions[tags[:-1], tags[1:]])
    last = jnp.take_along_axis(tags, jnp.maximum(real.sum(0) - 1, 0)[None], 0)[0]
    ends: Array = masks.zero(real[0], chain.starts[tags[0]] + chain.ends[last])
    return e.sum(0) + transitions.sum(0) + ends
