"""Runs side by side: python -m experiments.compare RUN RUN ..., each the folder of a run.

Runs of one task whose settings differ in the seed alone are a group. Of each group the figures of
the test part (of validation, while a run is still trained) are shown as mean and standard
deviation, with what it differs in from the first and how far, and the loss on the way; --out=FILE
draws the learning curves:

    python -m experiments.compare runs/lstm-* runs/gru-* --out=curves.png

                runs  steps           loss
    cell=lstm      3   1200  0.2134 ± 0.003
    cell=gru       3   1200   0.201 ± 0.002

Behind a difference stand the ends of its bootstrap interval: too narrow where a group has three
runs, fair where it has ten.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from experiments import flags, launch
from seqjax import runs
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class CompareConfig:
    """What is drawn."""

    out: str = option("", "picture of the learning curves: .png, .svg or .pdf")
    figure: str = option("loss", "figure of validation that is drawn")


def main(folders: Sequence[str]) -> None:
    """Prints the tables, and draws the picture if one is wanted."""
    with launch.mistakes():
        config = flags.parse(CompareConfig)
        comparison = runs.compare(folders)
        if config.out:
            comparison.draw(config.out, config.figure)
    print(comparison)
    if config.out:
        print(f"\nlearning curves: {config.out}")


if __name__ == "__main__":
    flags.define(CompareConfig)
    launch.run(main, words=True)
