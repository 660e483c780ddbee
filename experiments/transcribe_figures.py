"""Figures and predictions of a transcriber over a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Params
from seqjax.data import Vocabulary
from seqjax.data.buckets import Buckets
from seqjax.decoding.ctc import Labels, best_path, prefix_beam
from seqjax.models.transcriber import Transcriber
from seqjax.objectives.error_rate import errors

Hear = Callable[[Params, Any], Labels]
"""(params, batch) -> ids [T, B, N], lengths and log probabilities [B, N] of N guesses, compiled"""


class Guess(NamedTuple):
    """What was heard, and how likely it is."""

    labels: list[str]
    log_probability: float


def hearer(model: Transcriber, *, whole: bool, beam: int = 0, count: int = 1) -> Hear:
    """The ``count`` best guesses of a model.

    Args:
      whole: one label for the whole (output=label).
      beam: width of the prefix beam; 0 is greedy, with one guess.
    """

    def hear(params: Params, batch: Any) -> Labels:
        logits, lengths = model.logits(params, batch["features"], batch["lengths"])
        if whole:
            values, ids = jax.lax.top_k(jax.nn.log_softmax(logits), count)
            return Labels(ids[None], jnp.ones_like(ids), values)
        if not beam:
            found = best_path(logits, lengths, blank=model.blank)
            return jax.tree.map(lambda leaf: leaf[..., None], found)
        found = prefix_beam(logits, lengths, blank=model.blank, width=beam)
        return jax.tree.map(lambda leaf: leaf[..., :count], found)

    return jax.jit(hear)


def heard(hear: Hear, params: Params, source: Buckets, labels: Vocabulary) -> list[list[Guess]]:
    """The guesses at each example of a source, the likeliest first, in the order of examples."""
    found: list[list[Guess]] = [[] for _ in source.examples]
    for batch in source:
        ids, lengths, logs = map(np.asarray, hear(params, batch))
        for row in np.flatnonzero(batch["index"] >= 0):
            found[batch["index"][row]] = [
                Guess(labels.decode(ids[: lengths[row, k], row, k]), float(logs[row, k]))
                for k in np.flatnonzero(logs[row] > -np.inf)
            ]
    return found


def error_rate(said: Sequence[Sequence[str]], guesses: Sequence[Sequence[Guess]]) -> float:
    """Edits from the likeliest guesses to what was said, for each label that was said."""
    total, count = errors(said, [each[0].labels for each in guesses])
    return total / max(count, 1)
