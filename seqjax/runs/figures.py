"""What a run has come to, read from its folder alone: settings, figures, learning curve."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.basics import checks
from seqjax.tasks import TASKS
from seqjax.tasks.run_record import RECORD, read_record
from seqjax.tasks.settings import completed
from seqjax.training import logs


class RunFigures(NamedTuple):
    """Of one run."""

    folder: Path
    task: str
    settings: dict[str, Any]
    """all of them, defaults too"""
    data: Any
    """what run.json says of the data: marks that change with its contents"""
    steps: int
    """at the newest line of the log"""
    test: dict[str, float]
    """of the best model; none before the run has ended"""
    valid: dict[str, float]
    """of its best evaluation; none before the first"""
    curve: dict[str, np.ndarray]
    """[N] of each figure of validation, and "step"; none before the first evaluation"""

    def __repr__(self) -> str:
        return f"RunFigures of {self.folder}, {self.task}, {self.steps} steps"

    def at(self, figure: str, step: int) -> float:
        """The figure at the last evaluation up to a step; NaN before the first."""
        steps = self.curve.get("step", np.zeros(0, int))
        index = int(np.searchsorted(steps, step, side="right")) - 1
        values = self.curve.get(figure, np.zeros(0))
        return float(values[index]) if index >= 0 and len(values) else math.nan


def read_figures(folder: Path) -> RunFigures:
    """Those of a run that has ended, or is still trained.

    Raises:
      ValueError: if the folder is no run, or has no figures yet.
    """
    folder = Path(folder).expanduser()
    record = read_record(folder)
    task = checks.lookup("task of the run", TASKS, record["task"])
    try:
        record = completed(task.configs, record)
    except ValueError as error:
        raise ValueError(f"{folder / RECORD}: {error}") from None
    figures = logs.arrays(folder / logs.NAME)
    newest = max((int(kind["step"][-1]) for kind in figures.values() if kind), default=0)
    if not newest:
        raise ValueError(f"{folder}: has no figures yet")
    valid = figures["valid"]
    monitor = valid.get(record.get("monitor", "loss"), np.zeros(0))
    best = int(np.nanargmin(monitor)) if np.isfinite(monitor).any() else None
    return RunFigures(
        folder=folder,
        task=record["task"],
        settings=record["config"],
        data=record["data"],
        steps=newest,
        test=_row(figures["test"], -1) if figures["test"] else {},
        valid={} if best is None else _row(valid, best),
        curve={name: column for name, column in valid.items() if name != "seconds"},
    )


def _row(columns: dict[str, np.ndarray], index: int) -> dict[str, float]:
    values = {name: float(column[index]) for name, column in columns.items()}
    return {name: values[name] for name in values if name not in ("step", "seconds")}
