"""What a transcriber hears: labels of each recording, the likeliest first."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from seqjax.basics.types import Params
from seqjax.data.buckets import Buckets
from seqjax.decoding.ctc import Labels, best_path, prefix_beam
from seqjax.decoding.defined import check_defined
from seqjax.decoding.step import log_softmax
from seqjax.models.transcriber import Transcriber
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.transcription.config import UNITS


class Guess(NamedTuple):
    """What was heard, and how likely it is."""

    labels: list[str]
    text: str
    """the labels, with what stands between them"""
    log_probability: float
    """in nats; of greedy decoding that of the best path alone"""


def guesses(loaded: Loaded, source: Buckets, *, beam: int = 0, count: int = 1) -> list[list[Guess]]:
    """The ``count`` best guesses at each example of a source, in the order of examples.

    Fewer where a beam holds fewer.

    Args:
      beam: width of the prefix beam; 0 is greedy, with one guess.

    Raises:
      ValueError: for a model that gives NaN.
    """
    config, labels = loaded.record["config"], loaded.vocabularies["labels"]
    separator = UNITS[config["units"]]
    decode = _decoder(loaded.model, config["output"] == "label", beam, count)
    by_example: list[list[Guess]] = [[] for _ in source.examples]
    for batch in source:
        ids, lengths, logs = map(np.asarray, decode(loaded.params, batch))
        check_defined(logs)
        for row in np.flatnonzero(batch["index"] >= 0):
            for k in np.flatnonzero(logs[row] > -np.inf):
                heard = labels.decode(ids[: lengths[row, k], row, k])
                guess = Guess(heard, separator.join(heard), float(logs[row, k]))
                by_example[batch["index"][row]].append(guess)
    return by_example


@functools.lru_cache(maxsize=8)
def _decoder(
    model: Transcriber, one_label: bool, beam: int, count: int
) -> Callable[[Params, Any], Labels]:
    """(params, batch) -> ids [T, B, N], lengths and log probabilities [B, N] of N guesses.

    Compiled once for a model and a way to decode.
    """

    def decode(params: Params, batch: Any) -> Labels:
        logits, lengths = model.logits(params, batch["features"], batch["lengths"])
        if one_label:
            values, ids = jax.lax.top_k(log_softmax(logits), count)
            return Labels(ids[None], jnp.ones_like(ids), values)
        if not beam:
            path = best_path(logits, lengths, blank=model.blank)
            return Labels(*(leaf[..., None] for leaf in path))
        prefixes = prefix_beam(logits, lengths, blank=model.blank, width=beam)
        return Labels(*(leaf[..., :count] for leaf in prefixes))

    return jax.jit(decode)
