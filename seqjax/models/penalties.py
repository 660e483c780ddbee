"""What the loss of a language model has beside its nats: penalties of what layers give."""

from __future__ import annotations

import jax.numpy as jnp

from seqjax.basics.types import Array
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.objectives import masked, mean


def penalties(
    config: LanguageModelConfig, raw: Array, hs: Array, weights: Array, resets: Array | None
) -> Array:
    """α mean(h²) of what the head sees, β mean((h_t - h_{t-1})²) of what the last layer gives.

    Across a reset nothing has changed: something else begins. They are means over the words, and
    over the steps between words, of the batch at hand. Where several batches make one update, each
    counts as its loss does, by its words: for α that is the mean over the words of all.
    """
    penalty: Array = jnp.float32(0)
    if config.activation_penalty:
        total, count = masked(jnp.mean(hs**2, -1), weights)
        penalty += config.activation_penalty * mean(total, count)
    if config.change_penalty:
        both = weights[1:] * weights[:-1]
        if resets is not None:
            both = both * ~resets[1:]
        total, count = masked(jnp.mean((raw[1:] - raw[:-1]) ** 2, -1), both)
        penalty += config.change_penalty * mean(total, count)
    return penalty
