"""Is seqjax right on this GPU, and how fast: python -m experiments.gpu, five minutes.

Each driver is held against float64, in float32 and bfloat16, with lengths and resets, narrow and
with a w_h that takes the whole GPU; a small run is trained, stopped and resumed; a language model
and single layers (LSTM, GRU, RNN) are timed beside torch's cuDNN (float32, TF32, bfloat16,
float16), flax and jax.experimental.rnn. --workdir has the results: report.md, results.csv,
results.jsonl. What was not reached in --minutes is named there; the same command goes on with it.
--tiny tries everything but the device, on any machine.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import jax

from experiments import flags, launch
from experiments.benchmark import log, machine
from experiments.benchmark.gpu import jobs, sizes
from experiments.benchmark.gpu.speed import PEERS
from experiments.benchmark.results import run_jobs, write_results
from experiments.benchmark.sides import available_peers
from seqjax.basics.options import option
from seqjax.training.interrupts import stopping


@dataclasses.dataclass(frozen=True)
class GpuConfig:
    """What is tried, and for how long."""

    workdir: str = option("runs/gpu", "folder of the results")
    minutes: float = option(5.0, "after these no further measurement begins; 0: all of them")
    seconds: float = option(1.0, "how long to measure each row; seven rounds at least")
    tiny: bool = option(False, "small shapes, on any device")
    restart: bool = option(False, "begin anew: forget the results in the folder")


def main() -> int:
    """Prints the machine, a block a measurement, and the verdict; writes the folder."""
    with launch.mistakes():
        config = flags.parse(GpuConfig)
        threads = machine.set_threads(0)
        size = sizes.sizes_of(config.tiny)
        if not config.minutes >= 0:
            raise ValueError(f"minutes: got {config.minutes}, want 0 or more")
        if not config.seconds > 0:
            raise ValueError(f"seconds: got {config.seconds}, want more than 0")
        time_is_up = jobs.in_time(config.minutes)
        peers, missing = available_peers(",".join(PEERS))
        todo = jobs.gpu_jobs(size, peers, config.seconds, threads)
        folder = Path(config.workdir)
        lines = log.open_log(folder, config.restart)
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(folder.absolute() / "programs"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    here = machine.describe(threads)
    print("\n".join([machine.machine_text(here), *missing]), flush=True)
    lines.append(log.start_line(here, " ".join(["python -m experiments.gpu", *sys.argv[1:]])))
    log.append(folder, lines[-1:])
    with stopping() as stop:
        run_jobs(todo, folder, lines, here, lambda: stop() or time_is_up())
    written = write_results(folder, lines, here, draw=False)
    text, right = jobs.verdict(todo, lines, here)
    with (folder / "report.md").open("a", encoding="utf-8") as report:
        report.write(f"\n{text}")
    print(f"\n{text}\n{written}")
    return stop.status or int(not right)


if __name__ == "__main__":
    flags.define(GpuConfig)
    launch.run(main)
