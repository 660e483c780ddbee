"""Time and temporary memory against T, drawn from the results of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.benchmark.log import Line
from experiments.parallel_time.benchmarked import MIB, names
from seqjax.diagnostics.plots import style

VALUES = {"milliseconds": "milliseconds", "temporary_bytes": "temporary memory, MiB"}
PANEL = 2.6
"""Inches, in both directions."""


def curves(lines: Sequence[Line], cell: str, value: str) -> dict[str, list[tuple[int, float]]]:
    """driver -> points (T, value) of a cell; memory in MiB."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in lines:
        if line["ours"] and line["cell"] == cell and line.get(value):
            size = line[value] / (MIB if value == "temporary_bytes" else 1)
            found.setdefault(line["side"], []).append((line["steps"], size))
    return {driver: sorted(points) for driver, points in found.items()}


def draw(lines: Sequence[Line]) -> bytes:
    """An SVG: a column of two panels for each cell, above time and below memory."""
    cells = names(lines, "cell")
    drivers = names([line for line in lines if line["ours"]], "side")
    with style.context():
        figure, all_axes = style.figure(
            2, len(cells), width=1 + PANEL * len(cells), height=2.2 * PANEL
        )
        named: set[str] = set()
        for (number, cell), (row, value) in _panels(cells):
            axes = all_axes[row] if len(cells) == 1 else all_axes[row][number]
            for driver, points in curves(lines, cell, value).items():
                index = drivers.index(driver)
                axes.loglog(
                    *zip(*points, strict=True), label=None if driver in named else driver,
                    color=style.OTHERS[index], marker=style.MARKERS[index], ms=5,
                )  # fmt: skip
                named.add(driver)
            axes.set_title(cell if row == 0 else "")
            axes.set_xlabel("T, steps" if row else "")
            axes.set_ylabel("" if number else VALUES[value])
        figure.legend(loc="outside lower center", ncols=len(drivers))
        mode = lines[0]["mode"]
        figure.suptitle(f"One {mode} by driver: time and temporary memory against T")
        return style.svg(figure, f"Time and memory of a {mode} against the number of steps")


def _panels(cells: list[str]) -> list[tuple[tuple[int, str], tuple[int, str]]]:
    return [(cell, row) for cell in enumerate(cells) for row in enumerate(VALUES)]
