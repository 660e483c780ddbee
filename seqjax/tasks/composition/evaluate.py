"""Figures of a composer over a part of a data set."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from seqjax.basics import mesh
from seqjax.models.composer import Composer
from seqjax.objectives import bits
from seqjax.tasks.composition.encode import unit
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record
from seqjax.tasks.task import Part
from seqjax.training import evaluate as sums
from seqjax.training.fit import Figures


def evaluate(loaded: Loaded, part: Part) -> Figures:
    """loss in nats a step: a frame of 88 keys, or a token; of music also the accuracy of frames."""
    return figures(loaded, part.source)


def figures(loaded: Loaded, batches: Iterable[Any]) -> Figures:
    """The figures of ``evaluate`` on any batches."""
    return sums.evaluate(_metrics(loaded.model), loaded.params, (), batches)


def readable(record: Record, figures: Figures) -> Figures:
    """Nats a step; of texts also bits, as bits_per_character or what a token is."""
    step = unit(record)
    if step == "frame" or "loss" not in figures:
        return figures
    return {"loss": figures["loss"], f"bits_per_{step}": bits(figures["loss"]), **figures}


@functools.lru_cache(maxsize=4)
def _metrics(model: Composer) -> Callable[..., Any]:
    """``model.evaluate``, compiled once for a model."""
    return mesh.jit(model.evaluate)
