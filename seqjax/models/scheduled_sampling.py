"""Scheduled sampling: a decoder in training is fed ever more of its own predictions."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from seqjax.basics.types import Array, Carry
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig


def share(config: EncoderDecoderConfig, step: Array | int) -> Array:
    """ε, the chance that an input is the right word, after ``step`` steps (Bengio et al. 2015).

        linear    max(least, 1 - step / k)
        sigmoid   max(least, k / (k + exp(step / k))), one half after k ln k steps

    k = forcing_steps.

    >>> config = EncoderDecoderConfig(forcing="linear", forcing_steps=100, forcing_least=0.25)
    >>> float(share(config, 50)), float(share(config, 1000))
    (0.5, 0.25)
    """
    k = config.forcing_steps
    linear = config.forcing == "linear"
    decayed = 1 - step / k if linear else jax.nn.sigmoid(jnp.log(k) - step / k)
    return jnp.maximum(config.forcing_least, decayed)


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
      right: a chance, scalar or [T, B].
      keys: of the noise of each step, [T], or None for no noise.
      key: of what is chosen.
    """
    is_right = jax.random.bernoulli(key, right, inputs.shape).at[0].set(True)

    def step(
        state: tuple[Carry, Array], word: tuple[Array, Array, Array | None]
    ) -> tuple[tuple[Carry, Array], Array]:
        carry, previous_readout = state
        right_token, is_right, noise_key = word
        predicted = best(lax.stop_gradient(previous_readout))
        token = jnp.where(is_right, right_token, predicted)
        carry, readout = advance(carry, token, noise_key)
        return (carry, readout), readout

    return lax.scan(step, begin, (inputs, is_right, keys))[1]
