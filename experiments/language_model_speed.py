"""Training tokens/s of whole language models, against the same model and loop in plain torch.

    python -m experiments.language_model_speed --seconds=60

Models of Zaremba et al. 2014 over 10,000 words: small (2 x 200, batch 20, 20 steps) and medium
(2 x 650, batch 20, 35 steps, dropout 0.5). A step is everything that training does: the next batch,
forward, backward, clipping, the update. Both begin with the same weights, and the loss that each
finds for the first window without dropout is printed beside its speed. They run by turns in one
process, ``--steps`` at a time, after compilation; figures are medians, the ratio is the median of
the ratios of neighbouring turns. Where JAX is on a GPU and torch has one too, torch is there as
well; where its computing happens is printed.
"""

from __future__ import annotations

import dataclasses

from experiments import flags, launch
from experiments.benchmark import machine
from experiments.benchmark.language_models.compare import compare, speed_lines, torch_device
from experiments.benchmark.language_models.setup import SETUPS
from seqjax.basics import checks
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class SpeedConfig:
    """What is measured, and for how long."""

    models: str = option("small,medium", "small, medium, or both with a comma")
    seconds: float = option(60.0, "how long to measure each model")
    steps: int = option(8, "training steps of one turn")
    threads: int = option(0, "threads of both libraries on CPU; 0: all cores")


def main() -> None:
    """Prints the machine and torch's device, then three lines a model."""
    with launch.mistakes():
        config = flags.parse(SpeedConfig)
        checks.positive("steps", config.steps)
        names = config.models.split(",")
        setups = [checks.lookup("models", SETUPS, name) for name in names]
        threads = machine.set_threads(config.threads)
    print(machine.machine_text(machine.describe(threads)))
    print(f"torch computes on: {torch_device() or 'nothing, it is not installed'}", flush=True)
    for name, setup in zip(names, setups, strict=True):
        speeds = compare(setup, config.seconds, threads, config.steps)
        print(speed_lines(name, speeds), flush=True)


if __name__ == "__main__":
    flags.define(SpeedConfig)
    launch.run(main)
