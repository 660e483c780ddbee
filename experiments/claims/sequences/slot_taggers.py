"""Small networks that mark words of a sentence, with the same weights in every slot or others."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from experiments.claims.sequences.readers import EMBEDDING, HIDDEN, Batch, Reader
from experiments.claims.sequences.sentences import time_first
from seqjax.basics import masks
from seqjax.basics.types import Array, Params
from seqjax.layers import dense, embedding
from seqjax.models.tagger import TaggerConfig, tagger
from seqjax.objectives import cross_entropy, masked, mean

TAGS = 2


def recurrent_tagger(cell: str, vocabulary: int) -> Reader:
    """One recurrent layer from the first word to the last, and two outputs at every step.

    A batch has targets int [B, T], and so are predictions.
    """
    config = TaggerConfig(
        cell=cell, hidden=HIDDEN, embedding=EMBEDDING, bidirectional=False, dropout=0.0,
        characters="none",
    )  # fmt: skip
    model = tagger(config, vocabulary, 0, TAGS)

    def tagged(batch: Batch) -> dict[str, Array]:
        arrays = time_first(batch, "words", "targets")
        return {"tags": arrays["targets"], **arrays}

    def loss(params: Params, batch: Batch, key: Array) -> Array:
        value: Array = model.loss(params, (), tagged(batch))[0]
        return value

    return Reader(model.init, loss, lambda params, batch: model.predict(params, tagged(batch)).T)


def feed_forward_tagger(vocabulary: int, slots: int) -> Reader:
    """Embeddings of all slots side by side, a layer of tanh, two outputs for each slot."""
    embed, hidden, out = embedding(vocabulary, EMBEDDING), dense(2 * HIDDEN), dense(TAGS * slots)

    def init(key: Array) -> Params:
        keys = jax.random.split(key, 3)
        return {
            "words": embed.init(keys[0], vocabulary),
            "hidden": hidden.init(keys[1], slots * EMBEDDING),
            "out": out.init(keys[2], 2 * HIDDEN),
        }

    def scores(params: Params, batch: Batch) -> Array:
        batch = time_first(batch)
        _, xs = embed.apply(params["words"], batch["words"], batch["lengths"])
        side_by_side = jnp.swapaxes(xs, 0, 1).reshape(1, xs.shape[1], -1)
        _, features = hidden.apply(params["hidden"], side_by_side)
        _, ys = out.apply(params["out"], jnp.tanh(features))
        return ys[0].reshape(-1, slots, TAGS)

    def loss(params: Params, batch: Batch, key: Array) -> Array:
        nats = cross_entropy(scores(params, batch), batch["targets"])
        real = masks.valid(batch["lengths"], slots)
        assert real is not None
        return mean(*masked(nats, real.T.astype(nats.dtype)))

    return Reader(init, loss, lambda params, batch: scores(params, batch).argmax(-1))
