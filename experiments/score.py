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

from absl import flags as absl_flags

from experiments import flags, launch
from experiments.text_input import standard_input
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import lines, read
from seqjax.tasks.language_model.score import BATCH, ORDERS, score, table
from seqjax.tasks.text_input import encoding_of

TEXT = "text"


@dataclasses.dataclass(frozen=True)
class ScoreConfig:
    """What is scored."""

    run: str = option("runs/language_model", "folder of a trained language model")
    file: str = option("", "a text file of sentences, one a line")
    batch: int = option(BATCH, "sentences that are scored at once")
    order: str = option(ORDERS[0], "likely (the likeliest first) or given")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def sentences(file: str, texts: Sequence[str], encoding: str) -> list[str]:
    """The texts, or the lines of a file or of standard input that have something in them."""
    if texts and file:
        raise ValueError("file: got it together with --text, want one of them")
    if texts:
        return list(texts)
    rows = lines(read(file, encoding)) if file else standard_input("Sentences")
    if not (found := [row for row in rows if row.strip()]):
        raise ValueError("text: got no sentences, want --text, --file or lines on standard input")
    return found


def main() -> None:
    """Prints the table."""
    with launch.mistakes():
        config = flags.parse(ScoreConfig)
        checks.lookup("order", dict.fromkeys(ORDERS), config.order)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, task="language_model")
        texts = sentences(
            config.file, absl_flags.FLAGS[TEXT].value or [], encoding_of(loaded.record)
        )
        scores = score(loaded, texts, config.batch)
    print(table(scores, config.order))


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(TEXT, [], "a sentence; may be given several times")
    flags.define(ScoreConfig)
    launch.run(main)
