"""How many iterations newton needs: python -m experiments.parallel_time.

Two tables: at initial weights by cell, width, number of steps and scale of the recurrent weights,
and while the adding problem is learned. With --benchmark=FOLDER it draws instead, from the results
of ``python -m experiments.benchmark --set=parallel_cpu``, time and temporary memory against T, and
prints tables of them.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments import flags, launch
from experiments.parallel_time import benchmarked, learning, picture, start
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.whole_file import check_place, whole_file
from seqjax.cells import CELLS


@dataclasses.dataclass(frozen=True)
class ParallelTimeConfig:
    """What is measured, or drawn."""

    cells: str = option("rnn,gru,lstm,ind_rnn", "names with commas between")
    updates: int = option(400, "of training, the second table; 0: without it")
    rows: int = option(8, "of each batch")
    benchmark: str = option("", "folder of a benchmark whose times and memory are drawn")
    out: str = option("parallel_time.svg", "the picture of --benchmark")


def main() -> None:
    """Prints the tables, line by line, or those of a benchmark and the name of its picture."""
    with launch.mistakes():
        config = flags.parse(ParallelTimeConfig)
        if config.benchmark:
            check_place("out", config.out)
            lines = benchmarked.read(Path(config.benchmark))
            image = picture.draw(lines)
            with whole_file(config.out) as temporary:
                temporary.write_bytes(image)
            print(f"{benchmarked.tables(lines)}\n\n{config.out}")
            return
        cells = config.cells.split(",")
        for name in cells:
            checks.lookup("cells", CELLS, name)
        checks.natural("updates", config.updates)
        checks.positive("rows", config.rows)
    _table(start.HEADING, start.lines(cells, config.rows))
    if config.updates:
        _table(learning.HEADING, learning.lines(cells, config.rows, config.updates))


def _table(heading: Sequence[str], lines: Sequence[start.Line]) -> None:
    """A Markdown table whose rows are there as soon as they are measured."""
    print(f"\n{_row(heading)}\n{_row(['---'] * len(heading))}", flush=True)
    for number, line in enumerate(lines, 1):
        print(f"{number} of {len(lines)}: {line.title}", file=sys.stderr, flush=True)
        for row in line.measure():
            print(_row(row), flush=True)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    flags.define(ParallelTimeConfig)
    launch.run(main)
