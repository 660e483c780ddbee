"""What has come of the trials, as a table: text, and CSV."""

from __future__ import annotations

import contextlib
import csv
import math
from pathlib import Path
from typing import Any, NamedTuple

from experiments.sweeps import halving
from experiments.sweeps.launches import written
from experiments.sweeps.state import Sweep, Trial
from seqjax.basics import checks
from seqjax.basics.whole_file import whole_file
from seqjax.runs.comparison_text import aligned
from seqjax.runs.figures import RunFigures, read_figures
from seqjax.tasks.run_record import RECORD, read_record

NAME = "results.csv"


class Table(NamedTuple):
    """A row for each trial: its number, settings, status, step, figures."""

    columns: list[str]
    rows: list[dict[str, Any]]
    """values by column; None where there is none"""
    settings: list[str]
    """columns of what was searched"""
    figures: list[str]
    """columns of figures"""
    monitor: str
    """column of the figure of validation that marks the best"""

    def __str__(self) -> str:
        cells = [
            [_shown(row[name], rounded=name in self.figures) for name in self.columns]
            for row in self.rows
        ]
        return aligned([self.columns, *cells])

    def sorted(self, column: str = "") -> Table:
        """By a column, "-NAME" from the largest on; trials without a value come last.

        Raises:
          ValueError: if there is no such column.
        """
        name = column.removeprefix("-") or self.monitor
        checks.lookup("sort", dict.fromkeys(self.columns), name)
        there = [row for row in self.rows if not _missing(row[name])]
        missing = [row for row in self.rows if _missing(row[name])]
        numbers = all(isinstance(row[name], int | float) for row in there)
        there.sort(
            key=lambda row: row[name] if numbers else written(row[name]),
            reverse=column.startswith("-"),
        )
        return self._replace(rows=[*there, *missing])

    def write(self, path: Path) -> None:
        """As CSV, with all digits."""
        with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as f:
            writer = csv.writer(f)
            writer.writerow(self.columns)
            for row in self.rows:
                cells = [row[name] for name in self.columns]
                writer.writerow(["" if cell is None else written(cell) for cell in cells])


def table(sweep: Sweep) -> Table:
    """The table of a sweep, from its folder: of trials that still run, what they have reached.

    Figures of validation have their own names and are those of the best evaluation; those of the
    test part, of the best model, begin with "test_".
    """
    settings = list(dict.fromkeys(name for trial in sweep.trials for name in trial.settings))
    rungs = sweep.asked["rungs"]
    dropped = halving.dropped(sweep.trials, len(rungs) or 1, sweep.asked["halving"])
    figures: dict[str, None] = {}
    monitor, rows = "", []
    for trial in sweep.trials:
        run = None
        with contextlib.suppress(ValueError):  # it has not begun, or has no figures yet
            run = read_figures(sweep.run_folder(trial))
            monitor = monitor or str(read_record(run.folder).get("monitor", "loss"))
        row = {"trial": trial.number, **trial.settings}
        row["status"] = status(sweep, trial, dropped)
        if rungs:
            row["epochs"] = rungs[len(trial.figures) - 1] if trial.figures else None
        row["step"] = run.steps if run else None
        found = _figures(run, settings) if run else {}
        figures |= dict.fromkeys(found)
        rows.append(row | found)
    monitor = _column(monitor or "loss", settings)
    figures.setdefault(monitor, None)
    columns = ["trial", *settings, "status", *(["epochs"] if rungs else []), "step"]
    columns += sorted(figures, key=lambda name: name.startswith("test_"))
    rows = [{name: row.get(name) for name in columns} for row in rows]
    return Table(columns, rows, settings, list(figures), monitor)


def status(sweep: Sweep, trial: Trial, dropped: set[int]) -> str:
    """Of a trial: ended, dropped, failed, unfinished or waiting."""
    if trial.error:
        return "failed"
    if trial.number in dropped:
        return "dropped"
    if len(trial.figures) == (len(sweep.asked["rungs"]) or 1):
        return "ended"
    return "unfinished" if (sweep.run_folder(trial) / RECORD).exists() else "waiting"


def _figures(run: RunFigures, settings: list[str]) -> dict[str, float]:
    valid = {_column(name, settings): value for name, value in run.valid.items()}
    return valid | {f"test_{name}": value for name, value in run.test.items()}


def _column(figure: str, settings: list[str]) -> str:
    """The name of a figure of validation, unless a setting has it."""
    return f"valid_{figure}" if figure in settings else figure


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _shown(value: Any, *, rounded: bool) -> str:
    if _missing(value):
        return "-"
    return f"{value:.4g}" if rounded else written(value)
