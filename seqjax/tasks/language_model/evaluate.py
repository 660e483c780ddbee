"""Figures of a language model on a text."""

from __future__ import annotations

import functools

from seqjax.basics import mesh
from seqjax.data import tokenizer
from seqjax.models.language_model import LanguageModel
from seqjax.objectives import bits, perplexity
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record
from seqjax.tasks.task import Part
from seqjax.training.evaluate import Evaluate
from seqjax.training.evaluate import evaluate as over_batches
from seqjax.training.fit import Figures


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """{"loss": mean nats of a token}, from the start of the text, or of each line."""
    model, params, batches = loaded.model, loaded.params, part.source
    rows = batches[0]["inputs"].shape[1]
    return over_batches(compiled(model), params, model.start(params, rows), batches)


@functools.lru_cache(maxsize=4)
def compiled(model: LanguageModel) -> Evaluate:
    """(params, carry, batch) -> (carry, {"loss": (nats [T, B], weights)}), compiled once."""
    return mesh.jit(model.evaluate)


def readable(record: Record, figures: Figures) -> Figures:
    """Nats of a token, beside them perplexity (of words) or bits per character, then the rest."""
    if "loss" not in figures:
        return figures
    unit, loss = tokenizer(record["config"]["tokenizer"]).unit, figures["loss"]
    value = {"perplexity": perplexity(loss)} if unit == "word" else {f"bits_per_{unit}": bits(loss)}
    return {"loss": loss, **value, **figures}
