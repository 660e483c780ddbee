"""Recurrent networks and word vectors as pure JAX functions.

    cell = seqjax.cells.lstm(200)                                    # a recurrence
    params = cell.init(key, 100)                                     # its weights, a dict of arrays
    carry, hs = seqjax.drivers.hoisted(cell, params, xs, lengths)    # walked over xs [T, B, 100]

``cells`` are recurrences, ``drivers`` walk them over time, ``layers`` stack and dress them.
``train`` makes a model of files, ``load`` opens one that was trained:

    run = seqjax.train("language_model", data="text.txt", workdir="runs/mine")
    run = seqjax.load("runs/mine")
    run.model, run.params, run.vocabulary

``seqjax.interop`` exchanges weights with other libraries; import it by its name, it is not loaded
here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from seqjax import cells, drivers, layers
from seqjax.basics.memory import keep_memory

if TYPE_CHECKING:
    from seqjax.tasks.loaded import Loaded

__version__ = "0.1.0"

__all__ = ["__version__", "cells", "drivers", "keep_memory", "layers", "load", "train"]


def load(run: str | os.PathLike, which: str = "best", *, task: str = "") -> Loaded:
    """A run directory, opened: ``seqjax.runs.load``."""
    from seqjax import runs  # optax, orbax and grain take their time

    return runs.load(run, which, task=task)


def train(task: str, /, *, quiet: bool = False, **settings: Any) -> Loaded:
    """Trains a model of a task and opens it: ``seqjax.runs.train``."""
    from seqjax import runs

    return runs.train(task, quiet=quiet, **settings)
