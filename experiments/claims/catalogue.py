"""The claims by name, in the order of the report."""

from __future__ import annotations

import importlib

from experiments.claims.claim import Claim
from seqjax.basics import checks

NAMES = (
    "shared_positions", "both_directions", "agreement", "word_order", "transfer",
    "likelier_sentence", "gradients", "gru_and_lstm", "depth", "words_and_characters", "lookup",
    "output_layers", "negatives", "analogies", "debiasing", "attention", "padding",
    "sequential_time", "glove_vectors", "losses",
)  # fmt: skip
"""Each is a module of this package, whose CLAIM has the number of its place here."""


def load(name: str) -> Claim:
    """The claim of that name; its module is imported now, and no other.

    Raises:
      ValueError: for an unknown name.
    """
    checks.lookup("only", dict.fromkeys(NAMES), name)
    claim: Claim = importlib.import_module(f"experiments.claims.{name}").CLAIM
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
