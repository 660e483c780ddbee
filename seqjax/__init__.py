"""Recurrent networks and word vectors as pure JAX functions.

    cell = seqjax.cells.lstm(200)                                    # a recurrence
    params = cell.init(key, 100)                                     # its weights, a dict of arrays
    carry, hs = seqjax.drivers.hoisted(cell, params, xs, lengths)    # walked over xs [T, B, 100]

``cells`` are recurrences, ``drivers`` walk them over time, ``layers`` stack and dress them.
``load`` opens what a launch has trained:

    model, params, vocabulary, *_ = seqjax.load("runs/language_model")

``seqjax.interop`` exchanges weights with other libraries; import it by its name, it is not loaded
here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from seqjax import cells, drivers, layers

if TYPE_CHECKING:
    from seqjax.runs import Loaded

__version__ = "0.1.0"

__all__ = ["__version__", "cells", "drivers", "layers", "load"]


def load(run: str | os.PathLike, which: str = "best", *, kind: str = "") -> Loaded:
    """Model, parameters and vocabulary of a run directory: ``seqjax.runs.load``."""
    from seqjax import runs  # optax, orbax and grain take their time

    return runs.load(run, which, kind=kind)
