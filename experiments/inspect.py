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
from experiments.inspection.page import page
from experiments.inspection.reading import reading
from experiments.inspection.sections import SECTIONS
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place, whole_file
from seqjax.data import read
from seqjax.tasks.text_input import encoding_of


@dataclasses.dataclass(frozen=True)
class InspectConfig:
    """The run, the text that it reads, and where the page goes."""

    run: str = option("", "folder of a trained language model, tagger or classifier")
    text: str = option("", "what it reads")
    file: str = option("", "a file of it instead")
    characters: int = option(5000, "most characters of the text, from its beginning")
    steps: int = option(120, "tokens, from the first, at which derivatives are taken")
    out: str = option("inspect.html", "the page")
    language: str = option("en", "of the labels in plots: en or ko")
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
        checks.lookup("language", {"en": 0, "ko": 0}, config.language)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        check_place("out", config.out)
        optional_module("matplotlib", "plots")
        loaded = runs.load(config.run, config.checkpoint)
        text = config.text or read(Path(config.file), encoding_of(loaded.record))
        network = opened(loaded, text[: config.characters])
    given = reading(network, config.steps, config.language)
    sections = []
    for number, section in enumerate(SECTIONS, 1):
        print(f"{number} of {len(SECTIONS)}: {section.__name__}", file=sys.stderr)
        sections.append(section(given))
    about = [
        loaded.task.describe(loaded.record, loaded.vocabularies),
        f"Step {loaded.step} of training; a text of {len(network.tokens)} tokens, derivatives at"
        f" the first {len(given.short.tokens)}.",
    ]
    with whole_file(config.out) as temporary:
        title = f"Inside {Path(config.run).name or config.run}"
        temporary.write_text(page(title, about, sections, "en"), encoding="utf-8")
    print(config.out)


if __name__ == "__main__":
    flags.define(InspectConfig)
    launch.run(main)
