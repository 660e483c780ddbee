"""Writes text with a trained language model: python -m experiments.generate --run=FOLDER."""

from __future__ import annotations

import dataclasses
import sys

from experiments import flags, launch
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.tasks.language_model.sample import SampleOptions, sample, unknown


@dataclasses.dataclass(frozen=True)
class GenerateConfig:
    """Who writes, and what comes first."""

    run: str = option("runs/language_model", "folder of a trained language model")
    prompt: str = option("", "the text that is continued")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def main() -> None:
    """Prints the texts, lines of dashes between them."""
    with launch.mistakes():
        config, options = flags.parse(GenerateConfig), flags.parse(SampleOptions)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, task="language_model")
        texts = sample(loaded, config.prompt, **dataclasses.asdict(options))
    if strange := unknown(loaded, config.prompt):
        words = ", ".join(map(repr, strange))
        print(f"note: the prompt has {words}, unknown to the model", file=sys.stderr)
    print(f"\n{'-' * 40}\n".join(texts))


if __name__ == "__main__":
    flags.define(GenerateConfig, SampleOptions)
    launch.run(main)
