"""The claims by name, in the order of the report."""

from __future__ import annotations

import importlib

from experiments.claims.claim import Claim
from seqjax.basics import checks

MODULES = (
    "sequences.shared_positions", "sequences.both_directions", "sequences.agreement",
    "sequences.word_order", "embeddings.transfer", "sequences.likelier_sentence",
    "cells.gradients", "cells.gru_and_lstm", "cells.depth", "outputs.words_and_characters",
    "embeddings.lookup", "outputs.output_layers", "embeddings.negatives", "embeddings.analogies",
    "embeddings.debiasing", "sequences.attention", "sequences.padding", "cells.sequential_time",
    "embeddings.glove_vectors", "outputs.losses",
)  # fmt: skip
"""Modules of this package, whose CLAIM has the number of its place here."""
NAMES = tuple(module.rpartition(".")[2] for module in MODULES)


def module(name: str) -> str:
    """The full name of the module of a claim.

    >>> module("losses")
    'experiments.claims.outputs.losses'
    """
    return f"experiments.claims.{MODULES[NAMES.index(name)]}"


def load(name: str) -> Claim:
    """The claim of that name; its module is imported now, and no other.

    Raises:
      ValueError: for an unknown name.
    """
    checks.lookup("only", dict.fromkeys(NAMES), name)
    claim: Claim = importlib.import_module(module(name)).CLAIM
    return claim


def chosen(text: str) -> list[str]:
    """Names with commas between them, in the order of the report; all of them for "".

    Raises:
      ValueError: for an unknown name.

    >>> chosen("losses,lookup")
    ['lookup', 'losses']
    """
    table = dict.fromkeys(NAMES)
    wanted = [name.strip() for name in text.split(",")] if text else [*NAMES]
    for name in wanted:
        checks.lookup("only", table, name)
    return [name for name in NAMES if name in wanted]
