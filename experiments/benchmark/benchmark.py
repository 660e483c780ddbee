"""Times seqjax and other libraries on recurrent networks, and checks what they compute.

    python -m experiments.benchmark --set=small
    python -m experiments.benchmark --set=cpu --cells=lstm --peers=torch,flax --workdir=runs/cpu
    python -m experiments.benchmark --shapes=20x35x200,32x50x100x200:layers=2:bidirectional:padded
    python -m experiments.benchmark --extras=compile,memory

A row is a cell, a shape (batch x steps x width, or batch x steps x inputs x states), a dtype and a
mode: ``forward`` (outputs), ``gradient`` (of sum(y^2) for weights and inputs), ``train`` (gradient
for weights and an SGD update) and ``latency`` (one token through all layers). All sides of a row
run by turns in one process after compilation; each is compared with a float64 reference.

The folder holds results.jsonl, results.csv, report.md and pictures. The same command again goes on
where it was stopped, and tries again what failed; the exit status is 1 if anything did.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

from experiments import flags, launch
from experiments.benchmark import log as log
from experiments.benchmark import machine as benchmark_machine
from experiments.benchmark import row as benchmark_row
from experiments.benchmark.cases import Case
from experiments.benchmark.extras import EXTRAS
from experiments.benchmark.log import Job
from experiments.benchmark.products import GATES
from experiments.benchmark.results import work_through, write
from experiments.benchmark.shapes import SETS, ShapeSet, shape_sets, shapes
from experiments.benchmark.sides import PEERS, peers, sides
from experiments.benchmark.work import BYTES
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.drivers import DRIVERS

MODES = ("forward", "gradient", "train", "latency")


@dataclasses.dataclass(frozen=True)
class BenchmarkConfig:
    """What is measured, and for how long. Several values have commas between them."""

    set: str = option("", f"shape sets: {', '.join(SETS)}; nothing: small if nothing else is asked")
    shapes: str = option("", "other shapes: 20x35x200, 8x50x64:layers=2:bidirectional:padded")
    cells: str = option("lstm,gru,rnn", ", ".join(GATES))
    drivers: str = option(
        "", f"{', '.join(DRIVERS)}; nothing: as the set has it, mostly auto,sequential; ratios are"
        " to the first"
    )  # fmt: skip
    peers: str = option("all", f"{', '.join(PEERS)}; all: those that are there; none")
    dtypes: str = option("float32", ", ".join(BYTES))
    modes: str = option("", f"{', '.join(MODES)}; nothing: as the set has it")
    extras: str = option("", f"other measurements: {', '.join(EXTRAS)}")
    seconds: float = option(5.0, "how long to measure each row; seven rounds at least")
    threads: int = option(0, "threads on CPU, of every library; 0: all cores")
    workdir: str = option("runs/benchmark", "folder of the results")
    plots: bool = option(True, "draw pictures, which needs matplotlib")
    restart: bool = option(False, "begin anew: forget the results in the folder")


def names(kind: str, text: str, table: Iterable[str]) -> list[str]:
    """Names with commas between them, each once. Raises a ValueError for one not in the table."""
    known = dict.fromkeys(table, True)
    return [name for name in dict.fromkeys(text.split(",")) if checks.lookup(kind, known, name)]


def rows(config: BenchmarkConfig, peers: list[str], threads: int) -> list[Job]:
    """A job for each mode, dtype, cell and shape. Raises a ValueError for a flag that is wrong."""
    cells, dtypes = names("cells", config.cells, GATES), names("dtypes", config.dtypes, BYTES)
    if not config.seconds > 0:
        raise ValueError(f"seconds: got {config.seconds}, want more than 0")
    other = config.shapes or config.extras
    sets = shape_sets(config.set or ("" if other else "small"))
    sets += [ShapeSet(config.shapes)] if config.shapes else []
    made: dict[str, Job] = {}
    for each in sets:
        drivers = names("drivers", config.drivers or each.drivers, DRIVERS)
        modes = names("modes", config.modes or each.modes, MODES)
        taking = {cell: sides(cell, drivers, peers, threads, config.seconds) for cell in cells}
        for mode, dtype, cell, shape in itertools.product(
            modes, dtypes, cells, shapes(each.shapes)
        ):
            case = Case(cell, shape, dtype, mode)
            job = benchmark_row.job(case, taking[cell], config.seconds)
            made.setdefault(job.title, job)
    peaks = [benchmark_machine.peak_job(dtype) for dtype in dtypes] if made else []
    return [*peaks, *made.values()]


def main() -> int:
    """Prints the machine, then a block a row; writes the folder."""
    with launch.mistakes():
        config = flags.parse(BenchmarkConfig)
        threads = benchmark_machine.threads(config.threads)
        present, missing = peers(config.peers)
        jobs = rows(config, present, threads)
        for name in names("extras", config.extras, EXTRAS) if config.extras else []:
            jobs += EXTRAS[name](config.seconds, threads)
        folder = Path(config.workdir)
        lines = log.begin(folder, config.restart)
    machine = benchmark_machine.machine(threads)
    print("\n".join([benchmark_machine.words(machine), *missing]), flush=True)
    begun = log.start(machine, " ".join(["python -m experiments.benchmark", *sys.argv[1:]]))
    log.append(folder, [begun])
    lines.append(begun)
    with launch.stopping() as stop:
        failed = work_through(jobs, folder, lines, machine, stop)
    print(f"\n{write(folder, lines, machine, config.plots)}")
    for sentence in failed:
        print(f"failed: {sentence}", file=sys.stderr)
    return stop.status or int(bool(failed))
