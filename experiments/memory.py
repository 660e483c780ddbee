"""Memory of a gradient as XLA predicts it, and as a process then takes it, by T and chunk size.

    python -m experiments.memory --cells=lstm,gru --steps=1024,4096,16384

Each row is a process of its own. Predicted is what ``--memory`` goes by: temporary arrays,
arguments and results of the compiled program. Measured is the highest that the memory of the
process (VmHWM of Linux) rises above what it held before the arguments were made, when the program
is run three times; the fastest of those is the time. Linux on CPU alone.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

from experiments import flags, launch
from experiments.benchmark.process_memory import REFERENCES
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.training.memory_budget import chunk_sizes


@dataclasses.dataclass(frozen=True)
class MemoryConfig:
    """What is walked."""

    cells: str = option("lstm,gru", "names of cells, with commas between them")
    steps: tuple[int, ...] = option((1024, 4096, 16384), "numbers of steps, T")
    hidden: int = option(128, "H, and D")
    batch: int = option(16, "B")


def main() -> None:
    """Prints the table, a line as soon as it is known."""
    with launch.mistakes():
        config = flags.parse(MemoryConfig)
        for name in ("hidden", "batch"):
            checks.positive(name, getattr(config, name))
        if not REFERENCES.exists():
            raise ValueError(f"memory: got a system without {REFERENCES}, want Linux")
    print("| cell | T | driver | predicted MiB | measured MiB | whole process MiB | s |")
    print("|---|--:|---|--:|--:|--:|--:|", flush=True)
    for cell in config.cells.split(","):
        for steps in config.steps:
            sizes = chunk_sizes(steps)
            for driver in ("auto", *(f"chunked:{s}" for s in [*sizes[:-1:2], sizes[-1]])):
                row = cell, driver, steps, config.hidden, config.batch
                code = f"from experiments.benchmark.process_memory import measure; measure{row}"
                done = subprocess.run(
                    [sys.executable, "-c", code], check=True, capture_output=True, text=True
                )
                *sizes_of_row, seconds = json.loads(done.stdout.splitlines()[-1])
                numbers = " | ".join(f"{size / 2**20:.1f}" for size in sizes_of_row)
                print(f"| {cell} | {steps} | {driver} | {numbers} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    flags.define(MemoryConfig)
    launch.run(main)
