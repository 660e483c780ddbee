"""Time and temporary memory against T, drawn from the results of a benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from experiments.benchmark.log import MEASURED, RESULTS
from seqjax.diagnostics.plots import style

VALUES = {"milliseconds": "milliseconds", "temporary_bytes": "temporary memory, MiB"}
SIDE = "seqjax "
PANEL = 2.6
"""Inches, in both directions."""


def read(folder: Path) -> list[dict[str, Any]]:
    """Lines of seqjax's drivers that were measured, the newest of each row and side.

    Raises:
      ValueError: for a folder without results.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise ValueError(f"benchmark: got {folder}, which has no {RESULTS}")
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if line.get("status") == MEASURED and line.get("side", "").startswith(SIDE):
            newest[line["title"], line["side"]] = line
    return list(newest.values())


def curves(
    lines: list[dict[str, Any]], cell: str, value: str
) -> dict[str, list[tuple[int, float]]]:
    """driver -> points (T, value) of a cell; memory in MiB."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in lines:
        if line["cell"] == cell and line.get(value):
            size = line[value] / (2**20 if value == "temporary_bytes" else 1)
            found.setdefault(line["side"].removeprefix(SIDE), []).append((line["steps"], size))
    return {driver: sorted(points) for driver, points in found.items()}


def draw(folder: Path) -> bytes:
    """An SVG: a column of two panels for each cell, above time and below memory.

    Raises:
      ValueError: for a folder without results.
    """
    lines = read(folder)
    cells = list(dict.fromkeys(line["cell"] for line in lines))
    drivers = list(dict.fromkeys(line["side"].removeprefix(SIDE) for line in lines))
    if not cells:
        raise ValueError(f"benchmark: got {folder}, in whose {RESULTS} nothing was measured")
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
