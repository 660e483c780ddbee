"""Tables and a plot of trials."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.benchmark.tables import markdown_table
from experiments.claims.shared.numbers import spread
from experiments.quality_trials.catalogue import COMPARED, LINEAR
from experiments.quality_trials.task import Task
from experiments.quality_trials.trial import Trial
from seqjax.diagnostics.plots import style

Trials = Mapping[str, Sequence[Trial]]
"""By task, one a cell."""


def tables(tasks: Mapping[str, Task], trials: Trials) -> str:
    """A table a task as Markdown, each with what counts as solved."""
    return "\n\n".join(_table(tasks[name], trials[name]) for name in tasks if trials.get(name))


def _table(task: Task, trials: Sequence[Trial]) -> str:
    rule = "no line for solved"
    if task.solved is not None:
        rule = f"solved: {task.solved:g} or {'less' if task.lower else 'more'}"
    chance = "" if task.chance is None else f"; chance {task.chance:.3g}"
    decides, *others = task.tests
    names = [f"{task.figure}, {decides}" if others else task.figure, *others]
    head = ["cell", "H", "parameters", "rate", *names, *(["solved"] if task.solved else [])]
    lines = [
        f"## {task.name}",
        f"{task.about[0].upper()}{task.about[1:]}; {trials[0].updates:,} updates of {task.batch}"
        f" rows. {task.figure[0].upper()}{task.figure[1:]}{chance}; {rule}.",
    ]
    rows = [
        [
            f"*{trial.cell}*" if trial.cell in LINEAR else trial.cell,
            str(trial.hidden),
            f"{trial.parameters:,}",
            f"{trial.rate:g}",
            *(finite_spread(trial.figures[test]) for test in task.tests),
            *([share(task, trial.figures[decides])] if task.solved else []),
        ]
        for trial in trials
    ]
    return "\n\n".join([*lines, markdown_table(head, rows)])


def finite_spread(figures: Sequence[float]) -> str:
    """Mean ± standard deviation of figures that are finite, and how many are not.

    >>> finite_spread([1.0, 3.0, float("nan")])
    '2.0 ± 1.4, 1 not finite'
    """
    finite = [figure for figure in figures if math.isfinite(figure)]
    lost = len(figures) - len(finite)
    return spread(finite) + (f", {lost} not finite" if lost else "")


def share(task: Task, figures: Sequence[float]) -> str:
    """How many of the seeds have solved it.

    >>> from experiments.quality_trials.tracking_tasks import parity_task
    >>> share(parity_task(), [1.0, 0.98, 0.99])
    '2 of 3'
    """
    return f"{sum(map(task.is_solved, figures))} of {len(figures)}"


def draw(tasks: Mapping[str, Task], trials: Trials) -> Any:
    """A figure: for each task a line a cell and a point a seed, chance and solved as rules.

    Raises:
      ImportError: without matplotlib, which the extra plots brings.
    """
    panels = [
        (name, test)
        for name, task in tasks.items()
        if trials.get(name)
        for test in _drawn(list(task.tests))
    ]
    columns = min(4, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure, axes = style.figure(rows, columns, width=3 * columns + 1.5, height=3.1 * rows + 0.3)
    flat = np.ravel(axes)
    known = {trial.cell for each in trials.values() for trial in each}
    cells = [cell for cell in COMPARED if cell in known]
    for index, (name, test) in enumerate(panels):
        named = cells if index % columns == 0 else [""] * len(cells)
        _panel(flat[index], tasks[name], trials[name], test, cells)
        flat[index].set_yticks(range(len(cells)), named)
    for left in flat[len(panels) :]:
        left.set_axis_off()
    return figure


def _drawn(tests: list[str]) -> list[str]:
    """The first test, and the last where there are several."""
    return tests[:1] + (tests[-1:] if len(tests) > 1 else [])


def _panel(axes: Any, task: Task, trials: Sequence[Trial], test: str, cells: Sequence[str]) -> None:
    for trial in trials:
        figures, place = trial.figures[test], cells.index(trial.cell)
        marker = style.MARKERS[1 if trial.cell in LINEAR else 0]
        axes.plot(
            figures, [place] * len(figures), marker, color=style.colour(trial.cell), alpha=0.8
        )
    for figure, dashes in ((task.chance, ":"), (task.solved, "--")):
        if figure is not None:
            axes.axvline(figure, color="0.4", linestyle=dashes, linewidth=1)
    several = f" ({test} steps)" if len(task.tests) > 1 else ""
    axes.set_title(f"{task.name}{several}", fontsize=style.TEXT)
    axes.set_xlabel(task.figure, fontsize=style.TEXT - 2)
    axes.set_ylim(len(cells) - 0.5, -0.5)
