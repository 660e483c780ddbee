"""A comparison of runs as tables to read."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqjax.runs.comparison import CONFIDENCE, Comparison, Group, difference

POINTS = 6
"""Of a learning curve, in the table."""


def text(comparison: Comparison) -> str:
    """Figures of each group, their differences from the first, and losses on the way."""
    parts = [
        f"{comparison.task}: figures of the part {comparison.part!r}"
        + ("" if comparison.same_data else "\nnot all were trained on the same data")
        + "\n",
        _figures(comparison),
    ]
    if any(len(group.runs) > 1 for group in comparison.groups):
        parts.append("± is the standard deviation over the runs of a group")
    if len(comparison.groups) > 1:
        parts.append(f"\nmeans, less those of {comparison.groups[0].name}\n")
        parts.append(differences := _differences(comparison))
        if "[" in differences:
            parts.append(f"in brackets {CONFIDENCE:.0%} of what drawing the runs anew gives")
    if steps := _steps(comparison):
        parts.append("\nloss of validation after steps\n")
        parts.append(_curves(comparison, steps))
    return "\n".join(parts)


def _figures(comparison: Comparison) -> str:
    rows = [["", "runs", "steps", *comparison.figures]]
    for group in comparison.groups:
        steps = sorted({run.steps for run in group.runs})
        values = [_mean(group.values(comparison.part, name)) for name in comparison.figures]
        rows.append(
            [
                group.name,
                str(len(group.runs)),
                " to ".join(map(str, dict.fromkeys((steps[0], steps[-1])))),
                *values,
            ]
        )
    return aligned(rows)


def _differences(comparison: Comparison) -> str:
    base, *others = comparison.groups
    rows = [["", *comparison.figures]]
    for group in others:
        rows.append(
            [group.name, *(_difference(comparison, group, base, name) for name in rows[0][1:])]
        )
    return aligned(rows)


def _difference(comparison: Comparison, group: Group, base: Group, figure: str) -> str:
    found = difference(*(each.values(comparison.part, figure) for each in (group, base)))
    if math.isnan(found.low):
        return f"{found.mean:+.4g}"
    return f"{found.mean:+.4g} [{found.low:+.4g}, {found.high:+.4g}]"


def _curves(comparison: Comparison, steps: Sequence[int]) -> str:
    rows = [["", *map(str, steps)]]
    for group in comparison.groups:
        rows.append([group.name, *(_mean(group.at("loss", step)) for step in steps)])
    return aligned(rows)


def _steps(comparison: Comparison) -> list[int]:
    """Some of the evaluations of the run that has most of them, the last among them."""
    curves = [run.curve for group in comparison.groups for run in group.runs]
    if not all("loss" in curve for curve in curves):
        return []
    most = max(curves, key=lambda curve: len(curve["step"]))["step"]
    indices = np.linspace(0, len(most) - 1, min(POINTS, len(most))).round().astype(int)
    return [int(step) for step in most[indices]]


def _mean(values: np.ndarray) -> str:
    """Mean and standard deviation of those that are there.

    >>> _mean(np.array([1.0, 2.0, 3.0])), _mean(np.array([0.5])), _mean(np.array([np.nan]))
    ('2 ± 1', '0.5', '-')
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return "-"
    spread = f" ± {there.std(ddof=1):.2g}" if len(there) > 1 else ""
    return f"{there.mean():.4g}{spread}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns, the first to the left and all others to the right.

    >>> print(aligned([["", "loss"], ["lstm", "1.2"]]))
          loss
    lstm   1.2
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
