"""What ``python -m experiments.benchmark`` is asked for, and the way from there to its results."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments import flags, launch
from experiments.benchmark import log, machine
from experiments.benchmark.cases import BYTES, LIBRARY_CELLS, MODES, Case
from experiments.benchmark.cell_names import parse_cells
from experiments.benchmark.extras import EXTRAS
from experiments.benchmark.log import Job
from experiments.benchmark.results import run_jobs, write_results
from experiments.benchmark.row import row_job
from experiments.benchmark.shapes import SETS, ShapeSet, parse_shapes, shape_sets
from experiments.benchmark.sides import PEERS, available_peers, sides
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS
from seqjax.training.interrupts import stopping


@dataclasses.dataclass(frozen=True)
class BenchmarkConfig:
    """What is measured, and for how long. Several values have commas between them."""

    set: str = option("", f"shape sets: {', '.join(SETS)}; nothing: small if nothing else is asked")
    shapes: str = option("", "other shapes: 20x35x200, 8x50x64:layers=2:bidirectional:padded")
    cells: str = option(
        ",".join(LIBRARY_CELLS),
        f"{', '.join(CELLS)}; all; your own as MODULE:FUNCTION; mostly those that other libraries"
        " have",
    )
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


def parse_names(kind: str, text: str, table: Iterable[str]) -> list[str]:
    """Names with commas between them, each once. Raises a ValueError for one not in the table."""
    known = dict.fromkeys(table, True)
    return [name for name in dict.fromkeys(text.split(",")) if checks.lookup(kind, known, name)]


def row_jobs(config: BenchmarkConfig, peers: Sequence[str], threads: int) -> list[Job]:
    """A job for each mode, dtype, cell and shape, after one for the peak of each dtype.

    Raises:
      ValueError: for a flag that is wrong.
    """
    cells = parse_cells(config.cells)
    dtypes = parse_names("dtypes", config.dtypes, BYTES)
    if not config.seconds > 0:
        raise ValueError(f"seconds: got {config.seconds}, want more than 0")
    other = config.shapes or config.extras
    sets = shape_sets(config.set or ("" if other else "small"))
    sets += [ShapeSet(config.shapes)] if config.shapes else []
    jobs: dict[str, Job] = {}
    for each in sets:
        drivers = parse_names("drivers", config.drivers or each.drivers, DRIVERS)
        modes = parse_names("modes", config.modes or each.modes, MODES)
        of_cell = {cell: sides(cell, drivers, peers, threads, config.seconds) for cell in cells}
        cases = itertools.product(modes, dtypes, cells, parse_shapes(each.shapes))
        for mode, dtype, cell, shape in cases:
            job = row_job(Case(cell, shape, dtype, mode), of_cell[cell], config.seconds)
            jobs.setdefault(job.title, job)
    peaks = [machine.peak_job(dtype) for dtype in dtypes] if jobs else []
    return [*peaks, *jobs.values()]


def main() -> int:
    """Prints the machine, then a block a row; writes the folder."""
    with launch.mistakes():
        config = flags.parse(BenchmarkConfig)
        threads = machine.set_threads(config.threads)
        peers, missing = available_peers(config.peers)
        jobs = row_jobs(config, peers, threads)
        for name in parse_names("extras", config.extras, EXTRAS) if config.extras else []:
            jobs += EXTRAS[name](config.seconds, threads)
        folder = Path(config.workdir)
        lines = log.open_log(folder, config.restart)
    here = machine.describe(threads)
    print("\n".join([machine.machine_text(here), *missing]), flush=True)
    start = log.start_line(here, " ".join(["python -m experiments.benchmark", *sys.argv[1:]]))
    log.append(folder, [start])
    lines.append(start)
    with stopping() as stop:
        failed = run_jobs(jobs, folder, lines, here, stop)
    print(f"\n{write_results(folder, lines, here, config.plots)}")
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return stop.status or int(bool(failed))
