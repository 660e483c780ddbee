"""Runs side by side: groups of those that differ in the seed alone, and how far groups differ."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.runs.figures import RunFigures, read_figures

NOT_COMPARED = ("workdir", "seed")
"""Settings in which the runs of a group may differ."""
RESAMPLES, CONFIDENCE = 10_000, 0.95


class Difference(NamedTuple):
    """Of the mean of a group from that of another."""

    mean: float
    low: float
    """NaN, and high too, where a group has one run or a figure is not finite"""
    high: float


class Group(NamedTuple):
    """Runs whose settings differ in the seed alone."""

    name: str
    """the settings in which it differs from other groups, or the folder of its only run"""
    runs: list[RunFigures]

    def __repr__(self) -> str:
        return f"Group {self.name}: {', '.join(str(run.folder) for run in self.runs)}"

    def values(self, part: str, figure: str) -> np.ndarray:
        """float64 [runs]: a figure of the part "test" or "valid"."""
        return np.array([getattr(run, part)[figure] for run in self.runs])

    def at(self, figure: str, step: int) -> np.ndarray:
        """float64 [runs]: a figure of validation after a step; NaN where there is none yet."""
        return np.array([run.at(figure, step) for run in self.runs])


class Comparison(NamedTuple):
    """Of runs of one task."""

    task: str
    part: str
    """of the data: "test", or "valid" where a run has not ended"""
    figures: list[str]
    """names of those that all runs have"""
    groups: list[Group]
    same_data: bool
    """whether all were trained on the same"""

    def __repr__(self) -> str:
        names = ", ".join(group.name for group in self.groups)
        return f"Comparison of {len(self.groups)} groups of runs of {self.task}: {names}"

    def __str__(self) -> str:
        from seqjax.runs import comparison_text

        return comparison_text.text(self)

    def draw(self, path: str | os.PathLike[str], figure: str = "loss") -> None:
        """The learning curves of validation as a picture: .png, .svg or .pdf.

        Raises:
          ValueError: for another ending, or a figure that the runs do not have.
          ImportError: without matplotlib.
        """
        from seqjax.runs import comparison_picture

        comparison_picture.draw(self, Path(path), figure)


def compare(folders: Sequence[str | os.PathLike[str]], *, across_data: bool = False) -> Comparison:
    """Reads runs of one task, and puts those together whose settings differ in the seed alone.

        print(seqjax.runs.compare(["runs/lstm", "runs/gru"]))

    Args:
      across_data: whether their data differ is not looked at, as where the seed has cut it.

    Raises:
      ValueError: for no folder or one given twice, one that is no run or has no figures yet, runs
        of different tasks, or runs without a common figure.
    """
    paths = [Path(folder).expanduser() for folder in folders]
    if not paths:
        raise ValueError("runs: got none, want the folders of one or more")
    resolved = [path.resolve() for path in paths]
    for path, folder in zip(paths, resolved, strict=True):
        if resolved.count(folder) > 1:
            raise ValueError(f"runs: got {path} twice")
    runs = [read_figures(path) for path in paths]
    for run in runs:
        if run.task != runs[0].task:
            raise ValueError(
                f"runs: got {runs[0].folder} of the task {runs[0].task} and {run.folder} of"
                f" {run.task}, want runs of one task"
            )
    part = "test" if all(run.test for run in runs) else "valid"
    figures = [
        name for name in getattr(runs[0], part) if all(name in getattr(run, part) for run in runs)
    ]
    if not figures:
        raise ValueError(f"runs: got no figure of the part {part} that all have")
    same_data = all(run.data == runs[0].data for run in runs)
    groups = _groups(runs, across_data)
    return Comparison(runs[0].task, part, figures, groups, across_data or same_data)


def difference(group: np.ndarray, other: np.ndarray) -> Difference:
    """mean(group) - mean(other), and the interval of the percentile bootstrap (Efron 1979).

    Runs of both groups are drawn anew with replacement, 10,000 times with a fixed seed: the
    interval holds the middle 95 % of the differences. Of three runs it is too narrow, as it knows
    no others; of ten it is fair.

    >>> difference(np.array([1.0, 1.2, 1.1]), np.array([0.5, 0.4, 0.6])).low > 0.4
    True
    """
    mean = float(group.mean() - other.mean())
    if min(len(group), len(other)) < 2 or not math.isfinite(mean):
        return Difference(mean, math.nan, math.nan)
    from scipy import stats

    interval = stats.bootstrap(
        (group, other),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Difference(mean, float(interval.low), float(interval.high))


def _groups(runs: Sequence[RunFigures], across_data: bool) -> list[Group]:
    """In the order of their first runs."""
    together: list[list[RunFigures]] = []
    for run in runs:
        for group in together:
            same_data = across_data or run.data == group[0].data
            if same_data and _compared(run) == _compared(group[0]):
                group.append(run)
                break
        else:
            together.append([run])
    first, *others = (_compared(group[0]) for group in together)
    settings = dict.fromkeys(name for each in (first, *others) for name in each)
    differing = [
        name for name in settings if any(each.get(name) != first.get(name) for each in others)
    ]
    names = [_name(group, differing) for group in together]
    return [
        Group(name if names.count(name) == 1 else str(group[0].folder), group)
        for name, group in zip(names, together, strict=True)
    ]


def _compared(run: RunFigures) -> dict[str, Any]:
    return {name: value for name, value in run.settings.items() if name not in NOT_COMPARED}


def _name(group: Sequence[RunFigures], differing: Sequence[str]) -> str:
    if not differing:
        return str(group[0].folder)
    return ", ".join(f"{name}={group[0].settings.get(name)}" for name in differing)
