"""Pictures of a benchmark: ratios by row, time against T and H, and the roofline.

ratio_MODE.png      how many times as long the others take as the base, row by row
time_MODE.png       milliseconds against T and against H, where nothing else differs
roofline.png        GFLOP/s against operations a byte, under what the machine can do
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.benchmark.log import MEASURED, Line
from experiments.benchmark.report import fastest
from experiments.benchmark.row import FLOOR

INCHES = 0.28
"""A row of the picture of ratios."""
AXES = {"steps": "T", "hidden": "H"}
MARKS = "os^vD<>P*X"

Row = Sequence[Line]


def draw(folder: Path, rows: Sequence[Row], peaks: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Writes the pictures that there is something to show in; returns their names.

    Args:
      peaks: by dtype the GFLOP/s of a large product and the GB/s of memory.

    Raises:
      ImportError: without matplotlib; names the extra that brings it.
    """
    figures: dict[str, Any] = {}
    for mode in dict.fromkeys(lines[0]["mode"] for lines in rows):
        mine = [lines for lines in rows if lines[0]["mode"] == mode]
        figures[f"ratio_{mode}.png"] = ratios(mine)
        figures[f"time_{mode}.png"] = against(mine)
    figures["roofline.png"] = roofline(rows, peaks)
    for name, figure in figures.items():
        if figure is None:
            (folder / name).unlink(missing_ok=True)  # of other rows than those there are now
        else:
            figure.savefig(folder / name, dpi=120)
    return [name for name, figure in figures.items() if figure is not None]


def ratios(rows: Sequence[Row]) -> Any:
    """A line for each row, a mark for each library that was measured beside the base."""
    found = [fastest(lines) for lines in rows]
    marks: dict[str, list[tuple[float, int]]] = {}
    for place, (lines, sides) in enumerate(zip(rows, found, strict=True)):
        for name, line in sides.items():
            if name not in (lines[0]["base"], FLOOR) and line["ratio"]:
                marks.setdefault(name, []).append((line["ratio"], place))
    if not marks:
        return None
    figure, (axes,) = _canvas(1, (8, 1.5 + INCHES * len(rows)))
    for mark, (name, points) in zip(MARKS * len(marks), marks.items(), strict=False):
        axes.plot(*zip(*points, strict=True), mark, label=name)
    axes.axvline(1, color="0.4", lw=0.8)
    names = [f"{lines[0]['cell']} {lines[0]['shape']} {lines[0]['dtype']}" for lines in rows]
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.grid(True, axis="x", which="both", lw=0.3)
    bases = "/".join(dict.fromkeys(lines[0]["base"] for lines in rows))
    axes.set_xlabel(f"{rows[0][0]['mode']}: times as long as {bases}")
    figure.legend(fontsize=7, loc="outside right upper")
    return figure


def against(rows: Sequence[Row]) -> Any:
    """A panel for T and one for H; a line joins the times of a side where only that differs."""
    panels = {axis: lines for axis in AXES if (lines := curves(rows, axis))}
    if not panels:
        return None
    figure, all_axes = _canvas(len(panels), (7 * len(panels), 5))
    for axes, (axis, lines) in zip(all_axes, panels.items(), strict=True):
        for mark, (name, points) in zip(MARKS * len(lines), lines.items(), strict=False):
            axes.plot(*zip(*points, strict=True), f"-{mark}", label=name, ms=4, lw=1)
        axes.set(xscale="log", yscale="log", xlabel=AXES[axis], ylabel="milliseconds")
        axes.grid(True, which="both", lw=0.3)
        axes.legend(fontsize=6)
    figure.suptitle(rows[0][0]["mode"])
    return figure


def curves(rows: Sequence[Row], axis: str) -> dict[str, list[tuple[int, float]]]:
    """(T or H, milliseconds) by side and all else that rows have in common; two points or more."""
    found: dict[str, list[tuple[int, float]]] = {}
    for lines in rows:
        same = lines[0]["inputs"] == lines[0]["hidden"]
        width = "D=H" if same else f"D={lines[0]['inputs']}"
        (other,) = (name for name in AXES if name != axis)
        head = [str(lines[0][name]) for name in ("cell", "dtype")]
        head += [f"B={lines[0]['batch']}", f"{AXES[other]}={lines[0][other]}", width]
        head += [f"layers={lines[0]['layers']}"] if lines[0]["layers"] > 1 else []
        head += [name for name in ("bidirectional", "padded") if lines[0][name]]
        for name, line in fastest(lines).items():
            label = " ".join([name, *head])
            found.setdefault(label, []).append((line[axis], line["milliseconds"]))
    distinct = {name: sorted(points) for name, points in found.items()}
    return {n: points for n, points in distinct.items() if len({x for x, _ in points}) > 1}


def roofline(rows: Sequence[Row], peaks: Mapping[str, Mapping[str, float]]) -> Any:
    """Speed against the operations that are done with each byte moved."""
    marks: dict[str, list[tuple[float, float]]] = {}
    for lines in rows:
        for name, line in fastest(lines).items():
            if name != FLOOR and line["status"] == MEASURED:
                point = (line["operations"] / line["bytes"], 1e3 * line["teraflops"])
                marks.setdefault(name, []).append(point)
    if not marks:
        return None
    figure, (axes,) = _canvas(1, (8, 6))
    for mark, (name, points) in zip(MARKS * len(marks), marks.items(), strict=False):
        axes.plot(*zip(*points, strict=True), mark, label=name, ms=4)
    ends = [x for points in marks.values() for x, _ in points]
    # Far enough to show where memory is no longer what limits.
    ends += [peak["gflops"] / peak["gigabytes"] for peak in peaks.values()]
    intensities = np.geomspace(min(ends) / 2, max(ends) * 2, 100)
    for style, (dtype, peak) in zip(("-", "--", ":"), peaks.items(), strict=False):
        roof = np.minimum(peak["gflops"], peak["gigabytes"] * intensities)
        axes.plot(intensities, roof, style, color="0.3", lw=1, label=f"{dtype}: product and memory")
    axes.set(xscale="log", yscale="log", xlabel="operations a byte", ylabel="GFLOP/s")
    axes.grid(True, which="both", lw=0.3)
    axes.legend(fontsize=7)
    return figure


def _canvas(panels: int, inches: tuple[float, float]) -> tuple[Any, Any]:
    """A figure and its axes. Not pyplot: it needs to know of a screen, and keeps figures."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ImportError("matplotlib is not installed; pip install 'seqjax[plots]'") from error
    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(1, panels, squeeze=False)[0]
