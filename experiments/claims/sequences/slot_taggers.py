"""Small networks that mark words of a sentence, with the same weights in every slot or others."""

from __future__ import annotations

from experiments.claims.sequences.readers import EMBEDDING, HIDDEN, Batch, Reader, slot_network
from experiments.claims.sequences.sentences import time_first
from seqjax.basics import masks
from seqjax.basics.types import Array, Params
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
    """Two outputs for each slot of a ``slot_network``."""
    init, outputs = slot_network(vocabulary, slots, TAGS * slots)

    def scores(params: Params, batch: Batch) -> Array:
        return outputs(params, batch).reshape(-1, slots, TAGS)

    def loss(params: Params, batch: Batch, key: Array) -> Array:
        nats = cross_entropy(scores(params, batch), batch["targets"])
        real = masks.valid(batch["lengths"], slots)
        assert real is not None
        return mean(*masked(nats, real.T.astype(nats.dtype)))

    return Reader(init, loss, lambda params, batch: scores(params, batch).argmax(-1))
