"""What several devices cost and exchange: python -m experiments.scaling --devices=1,2,4,8.

A language model (the medium one of Zaremba et al. 2014), a tagger and skip-gram, each without a
mesh, over virtual devices of this machine's CPU, and in processes of one device each. Virtual
devices share the cores that one device has for itself: where nothing were lost, a step of the same
batch would take as long on any number of them, and *efficiency* is the share of that. What is
exchanged is read from the compiled program: bytes that one device gets out of collectives in a
step. Then seeds: by one program, in turns, and in two processes of one thread each.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from experiments import flags, launch
from experiments.benchmark.scaling import seeds, worker
from experiments.benchmark.scaling.cases import CASES
from experiments.benchmark.scaling.group import measured
from experiments.benchmark.scaling.table import heading, line
from seqjax.basics import checks
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class ScalingConfig:
    """What is measured."""

    devices: tuple[int, ...] = option((1, 2, 4, 8), "numbers of virtual devices")
    processes: tuple[int, ...] = option((2,), "numbers of processes of one device each")
    seeds: int = option(8, "seeds that are trained together, an even number; 0: none")
    steps: int = option(20, "timed steps, whose median counts")


def main() -> None:
    """Prints two tables, line by line."""
    with launch.mistakes():
        config = flags.parse(ScalingConfig)
        checks.positive("steps", config.steps)
        for number in (*config.devices, *config.processes):
            checks.positive("devices, processes", number)
        if config.seeds < 0 or config.seeds % 2:
            raise ValueError(f"seeds: got {config.seeds}, want an even number, or 0")
    rows = [("one device", 1, 1, "")]
    rows += [(f"mesh of {n}", 1, n, f"data:{n}") for n in config.devices]
    rows += [(f"{n} processes", n, 1, f"data:{n}") for n in config.processes]
    with tempfile.TemporaryDirectory() as folder, launch.mistakes():
        worker.write(Path(folder))
        print(heading(), flush=True)
        for case in CASES:
            alone = None
            for name, count, devices, mesh in rows:
                job = {"case": case, "mesh": mesh, "folder": folder, "steps": config.steps}
                result = measured(count, devices, **job)
                alone = alone or result
                print(line(case, name, result, alone), flush=True)
        if config.seeds:
            text = Path(folder) / "characters.txt"
            seeds.write(text)
            print(f"\n{seeds.heading(config.seeds)}", flush=True)
            for size in seeds.SIZES:
                print(seeds.line(size, config.seeds, str(text), config.steps), flush=True)


if __name__ == "__main__":
    flags.define(ScalingConfig)
    launch.run(main)
