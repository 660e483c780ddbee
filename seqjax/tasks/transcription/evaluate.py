"""Figures of a transcriber on a part of a data set."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from seqjax.basics import mesh
from seqjax.models.transcriber import Transcriber
from seqjax.objectives.error_rate import errors
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import Part
from seqjax.tasks.transcription.decode import Guess, guesses
from seqjax.tasks.transcription.encode import Transcript
from seqjax.training import evaluate as passes
from seqjax.training.fit import Figures


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss: nats per recording; error: the share of wrong labels, or the label error rate."""
    figures = passes.evaluate(_forward(loaded.model), loaded.params, (), part.source)
    if loaded.record["config"]["output"] == "label":
        return figures
    if math.isnan(figures["loss"]):  # of a model that has diverged nothing can be decoded
        return {**figures, "error": math.nan}
    return {**figures, "error": error_rate(part.records, guesses(loaded, part.source))}


@functools.lru_cache(maxsize=4)
def _forward(model: Transcriber) -> passes.Evaluate:
    """``model.evaluate``, compiled once for a model."""
    return mesh.jit(model.evaluate)


def error_rate(transcripts: Sequence[Transcript], heard: Sequence[Sequence[Guess]]) -> float:
    """Edits from the likeliest guesses to what was said, divided by the labels that were said."""
    said = [transcript.labels for transcript in transcripts]
    total, count = errors(said, [each[0].labels for each in heard])
    return total / max(count, 1)
