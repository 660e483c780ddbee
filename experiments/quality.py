"""Compares cells at equal parameters on small tasks: python -m experiments.quality --seeds=3.

Each trial, a cell on a task, is kept when it ends; the same command goes on where it was stopped,
and two of them may share the work by --only. At the end: a page and a plot of all there is.
"""

from __future__ import annotations

import dataclasses
import shlex
import sys
from pathlib import Path

from experiments import flags, launch
from experiments.claims.running import Progress
from experiments.quality_trials import page, running
from experiments.quality_trials.catalogue import COMPARED, TASKS, task_of
from experiments.quality_trials.task import Task
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.options import option


@dataclasses.dataclass(frozen=True)
class QualityConfig:
    """Which cells, on which tasks, how large."""

    only: str = option(",".join(TASKS), "tasks to train on now, with commas; - for none")
    cells: str = option(",".join(COMPARED), "names with commas between them")
    seeds: int = option(3, "seeds of each trial, 0 and up")
    parameters: int = option(5000, "of each network, within 2 %")
    updates: float = option(1.0, "times the updates that a task has; less is a trial of the launch")
    text: str = option("", "file of the task characters; nothing: Python's documentation")
    out: str = option("runs/quality", "folder of what is kept, of the page and the plot")


def main() -> None:
    """Runs what is not kept yet, then writes page and plot."""
    with launch.mistakes():
        config = flags.parse(QualityConfig)
        cells = config.cells.split(",")
        wanted = [] if config.only == "-" else config.only.split(",")
        for name in wanted:
            checks.lookup("only", TASKS, name)
        for name in cells:
            checks.lookup("cells", dict.fromkeys(COMPARED), name)
        checks.positive("seeds", config.seeds)
        checks.number("updates", config.updates, above=0)
        optional_module("matplotlib", "plots")
        tasks = {name: _task(name, config) for name in TASKS}
        folder = Path(config.out)
        folder.mkdir(parents=True, exist_ok=True)
    say = Progress()
    trials = running.run(
        tasks, cells, wanted, folder, budget=config.parameters, seeds=range(config.seeds), say=say
    )
    command = shlex.join(["python", "-m", "experiments.quality", *sys.argv[1:]])
    for path in page.write(folder, tasks, trials, cells, command):
        print(path)


def _task(name: str, config: QualityConfig) -> Task:
    task = task_of(name, config.text)
    return task._replace(updates=max(1, round(task.updates * config.updates)))


if __name__ == "__main__":
    flags.define(QualityConfig)
    launch.run(main)
