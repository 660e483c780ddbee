"""Trials one after the other, each kept when it ends, none made twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from experiments.quality_trials import records
from experiments.quality_trials.task import Task
from experiments.quality_trials.trial import Trial, run_trial


def run(
    tasks: Mapping[str, Task],
    cells: Sequence[str],
    wanted: Collection[str],
    folder: Path,
    *,
    budget: int,
    seeds: Sequence[int],
    say: Callable[[str], None],
) -> dict[str, list[Trial]]:
    """All trials that are kept, by task, after those of the ``wanted`` tasks were made.

    Raises:
      ValueError: for a file that is no trial, or a cell that has no network of that size.
    """
    kept: dict[str, list[Trial]] = {name: [] for name in tasks}
    for name, task in tasks.items():
        made_with = records.settings(task, budget, seeds)
        for cell in cells:
            path = records.path_of(folder, name, cell)
            trial = records.read(path, made_with)
            if trial is None and name in wanted:
                say(f"{name}, {cell}")
                trial = run_trial(task, cell, budget, seeds, say)
                records.write(path, trial, made_with)
                figures = {
                    test: [round(figure, 4) for figure in found]
                    for test, found in trial.figures.items()
                }
                say(f"{name}, {cell}: {figures}, {trial.seconds:.0f} s")
            kept[name] += [trial] if trial else []
    return kept
