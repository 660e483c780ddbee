"""Small encoder-decoders for sentences of a made-up language, and their translations by greed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from seqjax.basics.types import Array, Params
from seqjax.data.builtin.made_up_translations import SOURCE, TARGET, Translated
from seqjax.data.vocabulary import BOS, Vocabulary
from seqjax.models.encoder_decoder import EncoderDecoder, encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig

HIDDEN, EMBEDDING = 48, 32
SOURCES, TARGETS = Vocabulary(SOURCE), Vocabulary((BOS, *TARGET))


def translator(attention: str) -> EncoderDecoder:
    """A GRU that reads from both ends and one that writes; attention "dot" or "none"."""
    config = EncoderDecoderConfig(
        cell="gru", hidden=HIDDEN, embedding=EMBEDDING, attention=attention, head="softmax"
    )
    return encoder_decoder(config, len(SOURCES), len(TARGETS))


def arrays(pairs: Sequence[Translated], steps: int) -> dict[str, Any]:
    """Rows first: source, inputs and targets int32 [N, steps], both lengths int32 [N].

    A translation is as long as its source, so it needs no word that ends it.
    """
    lengths = np.array([len(pair.source) for pair in pairs], np.int32)
    source, targets = (np.zeros((len(pairs), steps), np.int32) for _ in range(2))
    for row, pair in enumerate(pairs):
        source[row, : lengths[row]] = SOURCES.encode(pair.source)
        targets[row, : lengths[row]] = TARGETS.encode(pair.target)
    inputs = np.concatenate([np.zeros((len(pairs), 1), np.int32), targets[:, :-1]], 1)
    return {
        "source": source,
        "inputs": inputs,
        "targets": targets,
        "source_lengths": lengths,
        "target_lengths": lengths,
    }


def correct_share(model: EncoderDecoder, params: Params, batch: Mapping[str, Array]) -> Array:
    """The share of each row's words that its translation has at their place, [B].

    The likeliest word is written at every step and read at the next. batch: time first.
    """
    memory, carry = model.encode(params, batch["source"], batch["source_lengths"])

    def write(state: tuple[Any, Array], _: None) -> tuple[tuple[Any, Array], Array]:
        carry, word = state
        carry, logits = model.step(params, memory, carry, word)
        word = logits.argmax(-1).astype(word.dtype)
        return (carry, word), word

    steps = len(batch["targets"])
    first = jnp.zeros_like(batch["targets"][0])
    _, written = lax.scan(write, (carry, first), None, length=steps)
    real = jnp.arange(steps)[:, None] < batch["target_lengths"]
    return ((written == batch["targets"]) & real).sum(0) / batch["target_lengths"]
