"""Compares gradients that are made while walking with those of backpropagation through time.

    python -m experiments.online_learning --seconds=4

One line for each cell, shape and method: the angle to the gradient of backpropagation, the norm
relative to it, milliseconds of a step of time and temporary memory. Sides of a shape run by turns
in one process, after compilation. Each line is printed when it is measured.
"""

from __future__ import annotations

import dataclasses

from experiments import flags, launch
from experiments.benchmark import machine
from experiments.online.measure import Row, measure
from experiments.online.sides import BATCH, WIDTH, Shape
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.cells import CELLS
from seqjax.drivers import DRIVERS


@dataclasses.dataclass(frozen=True)
class OnlineConfig:
    """What is measured, and for how long."""

    cells: str = option("rnn,gru,lstm,min_gru", "names with commas between them")
    shapes: str = option("16x64,32x64,64x64,16x1024", "units x steps, with commas")
    seconds: float = option(4.0, "how long to measure a cell at a shape")
    driver: str = option("hoisted", "how backpropagation walks; auto where it cannot")
    threads: int = option(0, "threads on CPU; 0: all cores")


def main() -> None:
    """Prints the machine, then the table as it is made."""
    with launch.mistakes():
        config = flags.parse(OnlineConfig)
        names, shapes = config.cells.split(","), [_shape(text) for text in config.shapes.split(",")]
        for name in names:
            checks.lookup("cells", CELLS, name)
        checks.number("seconds", config.seconds, above=0)
        checks.lookup("driver", DRIVERS, config.driver)
        threads = machine.set_threads(config.threads)
    print(machine.machine_text(machine.describe(threads)))
    print(f"\nB = {BATCH}, D = {WIDTH}, float32\n")
    print("| cell | H | T | method | angle | norm | ms a step (p10 to p90) | turns | temporary |")
    print("|---|--:|--:|---|--:|--:|--:|--:|--:|", flush=True)
    for name in names:
        driver = (
            "auto" if DRIVERS[config.driver].unsupported(CELLS[name](2), None) else config.driver
        )
        for shape in shapes:
            for row in measure(name, shape, config.seconds, driver):
                print(_line(row), flush=True)


def _shape(text: str) -> Shape:
    hidden, _, steps = text.partition("x")
    if not (hidden.isdecimal() and steps.isdecimal() and int(hidden) and int(steps)):
        raise ValueError(f"shapes: got {text!r}, want units x steps, such as 32x64")
    return Shape(int(hidden), int(steps))


def _line(row: Row) -> str:
    return (
        f"| {row.cell} | {row.shape.hidden} | {row.shape.steps:,} | {row.side} |"
        f" {row.degrees:.2g}° | {row.norm:.3g} | {row.milliseconds:.3g} ({row.low:.3g} to"
        f" {row.high:.3g}) | {row.turns} | {row.temporary_bytes / 2**10:,.0f} KiB |"
    )


if __name__ == "__main__":
    flags.define(OnlineConfig)
    launch.run(main)
