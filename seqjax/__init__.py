"""Recurrent networks and word vectors as pure JAX functions.

    cell = seqjax.cells.lstm(200)                                    # a recurrence
    params = cell.init(key, 100)                                     # its weights, a dict of arrays
    carry, hs = seqjax.drivers.hoisted(cell, params, xs, lengths)    # walked over xs [T, B, 100]

``cells`` are recurrences, ``drivers`` walk them over time, ``layers`` stack and dress them.
``train`` makes a model of files, ``load`` opens one that was trained:

    run = seqjax.train("language_model", data="text.txt", workdir="runs/mine")
    run = seqjax.load("runs/mine")
    run.model, run.params, run.vocabulary

A package is imported when it is first named, as in ``seqjax.vectors``; ``import seqjax`` alone
imports none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "basics",
    "cells",
    "data",
    "decoding",
    "diagnostics",
    "drivers",
    "interop",
    "keep_memory",
    "layers",
    "load",
    "models",
    "objectives",
    "online",
    "runs",
    "tasks",
    "train",
    "train_many",
    "training",
    "vectors",
]

if TYPE_CHECKING:
    from seqjax import (
        basics,
        cells,
        data,
        decoding,
        diagnostics,
        drivers,
        interop,
        layers,
        models,
        objectives,
        online,
        runs,
        tasks,
        training,
        vectors,
    )
    from seqjax.basics.memory import keep_memory
    from seqjax.runs.load import load
    from seqjax.runs.together import train_many
    from seqjax.runs.train import train
else:
    # Not for type checkers: to them a module with __getattr__ has every name.
    _FUNCTIONS = {
        "keep_memory": "seqjax.basics.memory",
        "load": "seqjax.runs",
        "train": "seqjax.runs",
        "train_many": "seqjax.runs",
    }
    """By the module that has each. All other names are packages."""

    def __getattr__(name: str) -> object:
        if name.startswith("__") or name not in __all__:
            # The name alone as context: with the module Python would add a suggestion of its own.
            raise AttributeError(_unknown(name), name=name)
        if name in _FUNCTIONS:
            value = getattr(importlib.import_module(_FUNCTIONS[name]), name)
        else:
            value = importlib.import_module(f"seqjax.{name}")
        globals()[name] = value  # found without this function from now on
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


def _unknown(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, __all__, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"want {', '.join(__all__[1:])}"
    return f"module 'seqjax' has no attribute {name!r}; {hint}"
