"""Scheduled sampling: a decoder in training is fed ever more of its own predictions."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array, Carry
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig


def share(config: EncoderDecoderConfig, step: Array) -> Array:
    """ε, the chance that an input is the right word, after ``step`` steps (Bengio et al. 2015).

        linear    max(least, 1 - step / k)
        sigmoid   max(least, k / (k + exp(step / k))), one half after k ln k steps

    k = forcing_steps.
    """
    k = config.forcing_steps
    linear = config.forcing == "linear"
    fallen = 1 - step / k if linear else jax.nn.sigmoid(jnp.log(k) - step / k)
    return jnp.maximum(config.forcing_least, fallen)


def mixed(
    advance: Callable[[Carry, Array, Array | None], tuple[Carry, Array]],
    best: Callable[[Array], Array],
    begin: tuple[Carry, Array],
    inputs: Array,
    right: Array,
    *,
    keys: Array | None,
    key: Array,
) -> Array:
    """Readouts [T, B, R]; each input is the right word by chance ``right``, else ``best`` of r_t-1.

    The first input is always the right one. No gradient flows through what was chosen.

    Args:
      advance: (carry, token [B], key) -> (carry, readout [B, R]).
      best: readout -> token [B].
      begin: the carry before the first step, and a readout of the same shape as all others.
      inputs: the right words, int [T, B].
      keys: of the noise of each step, [T], or None for no noise.
      key: of what is chosen.
    """
    keeps = jax.random.bernoulli(key, right, inputs.shape).at[0].set(True)

    def one(before: tuple[Carry, Array], given: tuple) -> tuple[tuple[Carry, Array], Array]:
        carry, readout = before
        token, keep, noise = given
        token = jnp.where(keep, token, best(lax.stop_gradient(readout)))
        carry, readout = advance(carry, token, noise)
        return (carry, readout), readout

    return lax.scan(one, begin, (inputs, keeps, keys))[1]
