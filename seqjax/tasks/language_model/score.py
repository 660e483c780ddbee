"""How likely sentences are under a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.data import NOTHING
from seqjax.data import sentences as sentence_batches
from seqjax.objectives import perplexity
from seqjax.tasks.language_model.evaluate import compiled
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.pretrained.encode import encode, predicted
from seqjax.tasks.text_checks import check_text

BATCH = 32
ORDERS = ("likely", "given")


class Score(NamedTuple):
    """Of one sentence."""

    sentence: str
    log_probability: float
    """natural, of the whole sentence with its end"""
    tokens: int
    """its end included"""
    unknown: int
    """tokens that the model does not know, or knows but cannot predict"""


def score(loaded: Loaded, sentences: Sequence[str] | str, batch: int = BATCH) -> list[Score]:
    """log p(w_1 ... w_n, end) = Σ log p(w_t | w_1 ... w_{t-1}), each from the beginning of a text.

        run.score(["a cat sat", "cat a sat"])[0].log_probability

    Args:
      batch: sentences that are scored at once; it does not change the numbers.

    Raises:
      ValueError: for an empty sentence or what is no text, or tokens unknown to a model without a
        token for them.
    """
    checks.positive("batch", batch)
    sentences = [sentences] if isinstance(sentences, str) else list(sentences)
    if not sentences:
        raise ValueError("text: got no sentences, want one or more")
    for number, sentence in enumerate(sentences, 1):
        check_text(sentence, number, "text")
    vocabulary, data, split = loaded.vocabulary, loaded.record["data"], loaded.tokenizer.split
    rows = [encode(data, vocabulary, split(sentence)) for sentence in sentences]
    for number, row in enumerate(rows, 1):
        if not len(row):
            raise ValueError(f"text: got an empty sentence as number {number}, want words")
    # Within one long text a sentence ends in what comes before the next one.
    end = vocabulary.eos if loaded.record["config"]["sentences"] else loaded.first
    end = None if end == NOTHING else end
    logs = _log_probabilities(loaded, rows, batch, end)
    size = predicted(data, vocabulary)
    return [
        Score(
            sentence,
            log,
            len(row) + (end is not None),
            int(((row == vocabulary.unk) | (row >= size)).sum()),
        )
        for sentence, log, row in zip(sentences, logs, rows, strict=True)
    ]


def _log_probabilities(
    loaded: Loaded, rows: Sequence[np.ndarray], batch: int, end: int | None
) -> list[float]:
    # Longest first, so that rows of about one length share a batch.
    order = sorted(range(len(rows)), key=lambda n: -len(rows[n]))
    limit = power_of_two(max(len(row) for row in rows) + 1)
    source = sentence_batches(
        [rows[n] for n in order], batch, eos=end, first=loaded.first, limit=limit
    )
    forward, start = compiled(loaded.model), loaded.model.start(loaded.params, batch)
    logs: list[float] = []
    for item in source:
        nats, weights = (
            np.asarray(a, np.float64) for a in forward(loaded.params, start, item)[1]["loss"]
        )
        logs += (-np.where(weights > 0, nats, 0).sum(0)).tolist()
    by_sentence = dict(zip(order, logs, strict=False))  # the last batch has rows of padding
    return [by_sentence[n] for n in range(len(rows))]


def power_of_two(length: int) -> int:
    """``length``, rounded up to a power of two: few shapes to compile.

    >>> power_of_two(5), power_of_two(8)
    (8, 8)
    """
    return 1 << (length - 1).bit_length()


def table(scores: Sequence[Score], order: str = ORDERS[0]) -> str:
    """A line for each sentence: the likeliest first, or as they were given."""
    if order == "likely":
        scores = sorted(scores, key=lambda score: -score.log_probability)
    lines = [f"{'log p':>10}  {'per token':>9}  sentence"]
    for sentence, log, tokens, unknown in scores:
        note = f"   ({unknown} unknown)" if unknown else ""
        lines.append(f"{log:10.2f}  {perplexity(-log / tokens):9.4g}  {sentence}{note}")
    return "\n".join(lines)
