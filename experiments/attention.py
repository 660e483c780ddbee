"""Draws where a translation was looked at: python -m experiments.attention --run=RUN --text=TEXT.

The picture (PNG) has a row for each word that was written, a column for each word of the text; the
darker a square, the more that word counted.
"""

from __future__ import annotations

import dataclasses
import sys

from experiments import flags, launch
from seqjax import runs
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place
from seqjax.tasks.settings import unused
from seqjax.tasks.translation.drawing import draw


@dataclasses.dataclass(frozen=True)
class AttentionConfig:
    """The run, what it translates, and where the picture goes."""

    run: str = option("runs/translate", "folder of a trained encoder-decoder with attention")
    text: str = option("", "what is translated")
    translation: str = option("", "into what; nothing: what the model makes of it")
    beam: int = option(5, "hypotheses that are followed at once, to find that; 1 is greedy")
    penalty: float = option(1.0, "how far longer translations are preferred; 0: not at all")
    out: str = option("attention.png", "the PNG file")
    checkpoint: str = option("best", "best (by validation loss) or newest")


def main() -> None:
    """Writes the picture."""
    with launch.mistakes():
        config = flags.parse(AttentionConfig)
        check_place("out", config.out)
        loaded = runs.load(config.run, config.checkpoint, task="translation")
        if config.translation:
            unused(config, "beam", "penalty", why="beside --translation")
            attention = loaded.attention(config.text, config.translation)
        else:
            attention = loaded.attention(config.text, beam=config.beam, penalty=config.penalty)
        draw(config.out, *attention)
    print(f"{config.out}: {' '.join(attention.target)}", file=sys.stderr)


if __name__ == "__main__":
    flags.define(AttentionConfig)
    launch.run(main)
