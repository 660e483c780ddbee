"""The learning curves of a comparison of runs, as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqjax.basics import checks
from seqjax.basics.whole_file import check_place
from seqjax.diagnostics.plots import style
from seqjax.runs.comparison import Comparison, Group
from seqjax.vectors.plots.options import ENDINGS
from seqjax.vectors.plots.pictures import canvas, save

STYLES = ("-", "--", ":", "-.")
"""Of more groups than there are colours."""


def draw(comparison: Comparison, path: Path, figure: str) -> None:
    """A line for each group, the mean of its runs, in a band from the least to the most of them.

    Raises:
      ValueError: for an unknown ending, or a figure that not all runs have.
      ImportError: without matplotlib.
    """
    checks.lookup("ending of out", dict.fromkeys(ENDINGS), path.suffix.lower())
    check_place("out", path)
    for group in comparison.groups:
        for run in group.runs:
            if figure not in run.curve or figure == "step":
                names = ", ".join(sorted(set(run.curve) - {"step"})) or "none"
                raise ValueError(f"figure: got {figure!r}, {run.folder} has {names} in validation")
    title = f"{comparison.task}, {len(comparison.groups)} groups of runs"
    about = "means of the runs of a group, in a band from the least of them to the most"
    picture, axes = canvas(title, about, (7, 4.5))
    for index, group in enumerate(comparison.groups):
        colour = style.colour("", index)
        steps, values = curve(group, figure)
        count = f" ({len(group.runs)} runs)" if len(group.runs) > 1 else ""
        line = STYLES[index // len(style.OTHERS) % len(STYLES)]
        marker = "." if len(steps) < 30 else None
        axes.plot(
            steps, values.mean(0), line, color=colour, label=group.name + count, marker=marker
        )
        if len(group.runs) > 1:
            axes.fill_between(steps, values.min(0), values.max(0), color=colour, alpha=0.2, lw=0)
    axes.set_xlabel("step")
    axes.set_ylabel(f"{figure} of validation")
    axes.legend()
    save(picture, [path])


def curve(group: Group, figure: str) -> tuple[np.ndarray, np.ndarray]:
    """(steps [N], values [runs, N]) from where all runs of the group have been evaluated."""
    steps = np.unique(np.concatenate([run.curve["step"] for run in group.runs]))
    first = max(int(run.curve["step"][0]) for run in group.runs)
    last = min(int(run.curve["step"][-1]) for run in group.runs)
    steps = steps[(first <= steps) & (steps <= last)]
    values = np.array([[run.at(figure, step) for step in steps] for run in group.runs])
    return steps, values
