"""How likely sentences are under a language model: python -m experiments.score --run=FOLDER.

Sentences come from --text, which may be given several times, from --file, or from standard input,
one a line. The likeliest comes first:

         log p  per token  sentence
        -22.57      2.668  what say you, my lord?
        -26.93      3.401  what say me, my lord?

log p is the natural logarithm of the probability of the whole sentence with its end; "per token" is
its perplexity exp(-log p / tokens).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from absl import flags as absl_flags

from experiments import flags, given, launch, pretrained
from seqjax import data, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.objectives import perplexity

TEXT = "text"


@dataclasses.dataclass(frozen=True)
class ScoreConfig:
    """What is scored."""

    run: str = option("runs/language_model", "folder of a trained language model")
    file: str = option("", "a text file of sentences, one a line")
    batch: int = option(32, "sentences that are scored at once")
    order: str = option("likely", "likely (the likeliest first) or given")
    checkpoint: str = option("best", "best (by validation loss) or newest")


class Score(NamedTuple):
    """Of one sentence."""

    log_probability: float
    """natural"""
    tokens: int
    """its end included"""
    unknown: int
    """tokens that the model does not know, or knows but cannot predict"""


def score(loaded: runs.Loaded, sentences: Sequence[str], batch: int = 32) -> list[Score]:
    """log p(w_1 ... w_n, end) of each sentence, from the beginning of a text.

    Raises:
      ValueError: for an empty sentence, or tokens unknown to a model without a token for them.
    """
    checks.positive("batch", batch)
    if not sentences:
        raise ValueError("text: got no sentences, want one or more")
    vocabulary = loaded.vocabulary
    split, record = loaded.tokenizer.split, loaded.record
    rows = [pretrained.encode(record, vocabulary, split(sentence)) for sentence in sentences]
    for number, row in enumerate(rows, 1):
        if not len(row):
            raise ValueError(f"text: got an empty sentence as number {number}, want words")
    # Within one long text a sentence ends in what comes before the next one.
    end = vocabulary.eos if record["config"]["sentences"] else loaded.first
    end = None if end == data.NOTHING else end
    limit = max(len(row) for row in rows) + 1
    # Longest first, so that rows of about one length share a batch.
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    source = data.sentences(
        [rows[i] for i in order], batch, eos=end, first=loaded.first, limit=_round(limit)
    )
    evaluate = jax.jit(loaded.model.evaluate)
    found: list[float] = []
    for item in source:
        _, metrics = evaluate(loaded.params, loaded.model.start(loaded.params, batch), item)
        nats, weights = (np.asarray(a, np.float64) for a in metrics["loss"])
        found += (-(np.where(weights > 0, nats, 0)).sum(0)).tolist()
    predicted = pretrained.predicted(record, vocabulary)
    scores: list[Score] = [Score(0.0, 0, 0)] * len(rows)
    for place, i in enumerate(order):
        unknown = int(((rows[i] == vocabulary.unk) | (rows[i] >= predicted)).sum())
        scores[i] = Score(found[place], len(rows[i]) + (end is not None), unknown)
    return scores


def _round(length: int) -> int:
    """Up to a power of two: few shapes to compile."""
    return 1 << (length - 1).bit_length()


def table(sentences: Sequence[str], scores: Sequence[Score], order: str) -> str:
    """One line a sentence."""
    pairs = list(zip(scores, sentences, strict=True))
    if order == "likely":
        pairs.sort(key=lambda pair: -pair[0].log_probability)
    lines = [f"{'log p':>10}  {'per token':>9}  sentence"]
    for found, sentence in pairs:
        each = perplexity(-found.log_probability / found.tokens)
        note = f"   ({found.unknown} unknown)" if found.unknown else ""
        lines.append(f"{found.log_probability:10.2f}  {each:9.4g}  {sentence}{note}")
    return "\n".join(lines)


def _sentences(config: ScoreConfig, sentences: Sequence[str]) -> list[str]:
    lines = given.text(config.file, sentences, what="Sentences").splitlines()
    found = list(sentences) or [line for line in lines if line.strip()]
    if not found:
        raise ValueError("text: got no sentences, want --text, --file or lines on standard input")
    return found


def main() -> None:
    """Prints the table."""
    with launch.mistakes():
        config = flags.parse(ScoreConfig)
        checks.lookup("order", {"likely": 0, "given": 0}, config.order)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, kind="language_model")
        sentences = _sentences(config, absl_flags.FLAGS[TEXT].value or [])
        scores = score(loaded, sentences, config.batch)
    print(table(sentences, scores, config.order))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(TEXT, [], "a sentence; may be given several times")
    flags.define(ScoreConfig)
    launch.run(main)
