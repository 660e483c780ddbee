"""Figures of an encoder-decoder on a part of a data set."""

from __future__ import annotations

import functools

from seqjax.basics import mesh
from seqjax.models.encoder_decoder import EncoderDecoder
from seqjax.objectives import perplexity
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record
from seqjax.tasks.task import Part
from seqjax.training import evaluate as passes
from seqjax.training.fit import Figures


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss: nats per token of the target, its end counted, each after the right ones before it."""
    return passes.evaluate(_forward(loaded.model), loaded.params, (), part.source)


@functools.lru_cache(maxsize=4)
def _forward(model: EncoderDecoder) -> passes.Evaluate:
    """``model.evaluate``, compiled once for a model."""
    return mesh.jit(model.evaluate)


def readable(record: Record, figures: Figures) -> Figures:
    """Nats per token, and beside them perplexity."""
    if "loss" not in figures:
        return figures
    return {"loss": figures["loss"], "perplexity": perplexity(figures["loss"]), **figures}
