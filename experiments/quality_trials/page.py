"""The page of results: how it was measured, a table of everything, a table a task."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.benchmark.tables import markdown_table
from experiments.quality_trials import report
from experiments.quality_trials.catalogue import LINEAR
from experiments.quality_trials.network import LAYERS
from experiments.quality_trials.report import Trials
from experiments.quality_trials.task import Task
from experiments.quality_trials.trial import RATES, TUNING_SEED, Trial
from seqjax.basics.whole_file import whole_file
from seqjax.diagnostics.plots import style

NAME = "linear_cells"
MISSING = "not measured"


def write(
    folder: Path, tasks: Mapping[str, Task], trials: Trials, cells: Sequence[str], command: str
) -> list[Path]:
    """The page and its plot; their paths.

    Raises:
      ImportError: without matplotlib, which the extra plots brings.
    """
    paths = [folder / f"{NAME}.md", folder / f"{NAME}.svg"]
    with whole_file(paths[0]) as temporary:
        temporary.write_text(page(tasks, trials, cells, command), encoding="utf-8")
    if any(trials.values()):
        with style.context(), whole_file(paths[1]) as temporary:
            temporary.write_bytes(style.svg(report.draw(tasks, trials), "cells by task"))
    return paths


def page(tasks: Mapping[str, Task], trials: Trials, cells: Sequence[str], command: str) -> str:
    """The whole text."""
    kept = [trial for each in trials.values() for trial in each]
    sizes = [trial.parameters for trial in kept]
    seeds = sorted({len(trial.seeds) for trial in kept})
    between = f"{min(sizes):,} to {max(sizes):,} parameters" if sizes else "no network yet"
    rates = ", ".join(f"{rate:g}" for rate in RATES)
    network = (
        f"{LAYERS} layers of each cell, each with a dense layer and gelu on it, between an"
        f" embedding or a dense layer and a dense layer; {between}, by a search over the hidden"
        " width and that of what enters. Initial weights and all options are the cells' defaults;"
        " there is no normalisation. Cells in *italics* are linear in time."
    )
    training = (
        f"Adam, gradients clipped at norm 1; the first rate, one of {rates}, falls to 0 by half a"
        " cosine. It is all that was tuned: for each cell and task by the loss of the validation"
        f" part after half of the updates, with seed {TUNING_SEED}, which the tables do not have."
        f" Then {' or '.join(map(str, seeds))} other seeds were trained with it, each with weights"
        " and an order of rows of its own."
    )
    figures = (
        "Figures are of rows that no training saw (of two strings there are no others), mean ±"
        " standard deviation over seeds, after the last update. Where a task has a line for solved,"
        " it was in its code before the run. Time is not part of these tables."
    )
    parts = [
        "# Cells that are linear in time, beside others: quality",
        f"    {command}",
        *(textwrap.fill(text, 100) for text in (network, training, figures)),
        f"![Figures of all seeds by task and cell]({NAME}.svg)",
        "Squares are cells that are linear in time; dashes: solved, dots: chance.",
        "## All tasks",
        _summary(tasks, trials, cells),
        report.tables(tasks, trials),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(tasks: Mapping[str, Task], trials: Trials, cells: Sequence[str]) -> str:
    """A line a cell; in brackets, of how many seeds a task is solved."""
    head = ["cell", *(task.name for task in tasks.values())]
    figures = ["", *(task.figure for task in tasks.values())]
    lines = [
        [
            f"*{cell}*" if cell in LINEAR else cell,
            *(_entry(tasks[t], trials[t], cell) for t in tasks),
        ]
        for cell in cells
    ]
    return markdown_table(head, [figures, *lines])


def _entry(task: Task, trials: Sequence[Trial], cell: str) -> str:
    for trial in trials:
        if trial.cell == cell:
            figures = next(iter(trial.figures.values()))
            solved = f" ({report.share(task, figures)})" if task.solved is not None else ""
            return f"{report.finite_spread(figures)}{solved}"
    return MISSING
