"""Figures of word vectors: the loss on text, and tests of the vectors."""

from __future__ import annotations

import functools

import numpy as np

from seqjax.basics import mesh
from seqjax.basics.types import Carry, Params, Tree
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part
from seqjax.tasks.word_vectors.vectors import vectors
from seqjax.training.evaluate import Evaluate
from seqjax.training.evaluate import evaluate as evaluate_batches
from seqjax.training.fit import Figures
from seqjax.training.step import Metrics
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import Trained

NORMALISED = {"hierarchical", "softmax"}
"""Outputs whose loss is that of a distribution over all words."""
INTERNAL = ("words", "kept")
"""Metrics of a step that ``readable`` makes speeds of."""


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """The loss on the text of a part, and what its tests of vectors say, if it has some.

    The loss is a mean over what the objective counts (``Objective.unit``): pairs, words or entries.

    Raises:
      ValueError: for a text in which no word has a context.
    """
    source = part.source
    batches = (source[k] for k in range(len(source)))
    figures = evaluate_batches(_losses(loaded.model), loaded.params, (), batches)
    if part.records:
        keyed = vectors(loaded)
        for test in part.records:
            figures |= test.figures(keyed)
    return figures


@functools.lru_cache(maxsize=4)
def _losses(model: Trained) -> Evaluate:
    """(params, carry, batch) -> (carry, metrics), compiled once for a model."""
    losses = mesh.jit(model.objective.evaluate)

    def metrics(params: Params, carry: Carry, batch: Tree) -> tuple[Carry, Metrics]:
        return carry, {"loss": losses(params, batch)}

    return metrics


def readable(record: Record, figures: Figures) -> Figures:
    """Perplexity, where there is a distribution; words a second, all and those subsampling kept."""
    shown = {name: value for name, value in figures.items() if name not in INTERNAL}
    if "loss" not in figures:  # a piece of too few words: there is nothing to predict
        return shown
    config = of_record(VectorsConfig, record)
    pairs = config.objective in ("skip_gram", "cbow")
    if config.objective == "neural_lm" or (pairs and config.output in NORMALISED):
        shown["perplexity"] = float(np.exp(min(figures["loss"], 700.0)))
    speeds = [value for name, value in figures.items() if name.endswith("_per_second")]
    if speeds and config.objective != "glove":
        shown["raw_words_per_second"] = speeds[0] * figures["words"]
        shown["kept_words_per_second"] = speeds[0] * figures["kept"]
    return shown
