"""Looks into a trained run: python -m experiments.inspect --run=RUN --text="a text" --out=FILE.

One page of HTML that opens without a network: gradients by step, how long the state remembers,
singular values of its Jacobians, Lyapunov exponents, gate saturation, and the units that track
something in the text (quotes, brackets, the place in the line), with their values behind it.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from experiments import flags, launch
from experiments.inspection.opened import opened
from experiments.inspection.opened_texts import input_of
from experiments.inspection.whole import whole_page
from experiments.inspection.words import LANGUAGES
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place, whole_file


@dataclasses.dataclass(frozen=True)
class InspectConfig:
    """The run, what it reads, and where the page goes."""

    run: str = option("", "folder of a trained run of any task but word_vectors")
    text: str = option("", "what it reads; of composition a label, a tab and a text")
    file: str = option("", "a file of it instead; a recording, a series or a piece of music")
    characters: int = option(5000, "most characters of the text, from its beginning")
    steps: int = option(120, "tokens, from the first, at which derivatives are taken")
    out: str = option("inspect.html", "the page")
    language: str = option("en", "of the page: en or ko")
    hover: bool = option(True, "curves tell their values where the pointer is; by bokeh")
    checkpoint: str = option("best", "best (on the validation part) or newest")


def main() -> None:
    """Writes the page."""
    with launch.mistakes():
        config = flags.parse(InspectConfig)
        if not config.run:
            raise ValueError("run: got none, want --run=FOLDER of a trained run")
        if bool(config.text) == bool(config.file):
            raise ValueError("text: want --text or --file, one of them")
        for name in ("characters", "steps"):
            checks.positive(name, getattr(config, name))
        checks.lookup("language", LANGUAGES, config.language)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        check_place("out", config.out)
        optional_module("matplotlib", "plots")
        loaded = runs.load(config.run, config.checkpoint)
        network = opened(loaded, input_of(loaded, config.text, config.file, config.characters))
    text = whole_page(
        loaded, network, name=Path(config.run).name or config.run, steps=config.steps,
        language=config.language, hover=config.hover,
        say=lambda words: print(words, file=sys.stderr),
    )  # fmt: skip
    with whole_file(config.out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(config.out)


if __name__ == "__main__":
    flags.define(InspectConfig)
    launch.run(main)
