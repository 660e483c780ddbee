"""Pictures of a benchmark: ratios by row, time against T and H, and the roofline.

ratio_MODE.png      how many times as long the others take as the base, row by row
time_MODE.png       milliseconds against T and against H, where nothing else differs
memory_MODE.png     the same for the temporary memory of the compiled program
roofline.png        GFLOP/s against operations a byte, under what the machine can do
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmark.lines import Row, above_floor, above_peak, fastest
from experiments.benchmark.plot_axes import canvas, line_style, log_axis, side_styles
from experiments.benchmark.row import FLOOR
from seqjax.basics.whole_file import whole_file

ROW_INCHES = 0.28
"""Height of a row in the picture of ratios."""
AXES = {"steps": "T", "hidden": "H"}
VALUES = {"milliseconds": "milliseconds", "temporary_bytes": "temporary memory, bytes"}

Curves = dict[tuple[str, str], list[tuple[int, float]]]
Styles = Mapping[str, Mapping[str, Any]]


def draw(folder: Path, rows: Sequence[Row], peaks: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Writes the pictures that there is something to show in; returns their names.

    Args:
      peaks: by dtype the GFLOP/s of a large product and the GB/s of memory.

    Raises:
      ImportError: without matplotlib; names the extra that brings it.
    """
    styles = side_styles(dict.fromkeys(name for lines in rows for name in fastest(lines)))
    figures: dict[str, Any] = {}
    for mode in dict.fromkeys(lines[0]["mode"] for lines in rows):
        of_mode = [lines for lines in rows if lines[0]["mode"] == mode]
        figures[f"ratio_{mode}.png"] = ratio_figure(of_mode, styles)
        figures[f"time_{mode}.png"] = curve_figure(of_mode, styles, "milliseconds")
        figures[f"memory_{mode}.png"] = curve_figure(of_mode, styles, "temporary_bytes")
    figures["roofline.png"] = roofline_figure(rows, peaks, styles)
    for name, figure in figures.items():
        if figure is None:
            (folder / name).unlink(missing_ok=True)  # of other rows than those there are now
        else:
            with whole_file(folder / name) as temporary:
                figure.savefig(temporary, format="png", dpi=120)
    return [name for name, figure in figures.items() if figure is not None]


def ratio_figure(rows: Sequence[Row], styles: Styles) -> Any:
    """A line for each row, a mark for each library that was measured beside the base."""
    points: dict[str, list[tuple[float, int]]] = {}
    for number, lines in enumerate(rows):
        for name, line in fastest(lines).items():
            if name not in (lines[0]["base"], FLOOR) and line["ratio"]:
                points.setdefault(name, []).append((line["ratio"], number))
    if not points:
        return None
    figure, (axes,) = canvas(1, (8, 1.5 + ROW_INCHES * len(rows)))
    for name, marks in points.items():
        axes.plot(*zip(*marks, strict=True), ls="none", label=name, **styles[name])
    axes.axvline(1, color="0.4", lw=0.8)
    names = [f"{lines[0]['cell']} {lines[0]['shape']} {lines[0]['dtype']}" for lines in rows]
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    axes.invert_yaxis()
    log_axis(axes, "x", [1.0, *(ratio for marks in points.values() for ratio, _ in marks)])
    axes.grid(True, axis="x", lw=0.3)
    bases = "/".join(dict.fromkeys(lines[0]["base"] for lines in rows))
    axes.set_xlabel(f"{rows[0][0]['mode']}: times as long as {bases}")
    figure.legend(fontsize=7, loc="outside right upper")
    return figure


def curve_figure(rows: Sequence[Row], styles: Styles, value: str) -> Any:
    """A panel for T and one for H; a line joins the values of a side where only that differs."""
    panels = {axis: lines for axis in AXES if (lines := curves(rows, axis, value))}
    if not panels:
        return None
    figure, all_axes = canvas(len(panels), (8 * len(panels), 5))
    for axes, (axis, lines) in zip(all_axes, panels.items(), strict=True):
        groups = list(dict.fromkeys(group for _, group in lines))
        for (side, group), points in lines.items():
            style = {**styles[side], **line_style(groups.index(group))}
            axes.plot(*zip(*points, strict=True), label=f"{side} {group}", **style)
        sizes, times = zip(*(point for points in lines.values() for point in points), strict=True)
        log_axis(axes, "x", sizes, at_values=True)
        log_axis(axes, "y", times)
        axes.set(xlabel=AXES[axis], ylabel=VALUES[value])
        axes.grid(True, lw=0.3)
        axes.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1, 1))
    figure.suptitle(rows[0][0]["mode"])
    return figure


def curves(rows: Sequence[Row], axis: str, value: str) -> Curves:
    """(T or H, value) by (side, all else that rows have in common); two points or more.

    A floor that took longer than a side is left out: it bounds nothing. So are values of 0, which
    have no place on a logarithmic axis.
    """
    points: Curves = {}
    for lines in rows:
        head = lines[0]
        (other,) = (name for name in AXES if name != axis)
        group = [head["cell"], head["dtype"], f"B={head['batch']}", f"{AXES[other]}={head[other]}"]
        group.append("D=H" if head["inputs"] == head["hidden"] else f"D={head['inputs']}")
        group += [f"layers={head['layers']}"] if head["layers"] > 1 else []
        group += [name for name in ("bidirectional", "padded") if head[name]]
        for side, line in fastest(lines).items():
            if line.get(value) and (side != FLOOR or not above_floor(lines)):
                point = (line[axis], line[value])
                points.setdefault((side, " ".join(group)), []).append(point)
    return {n: sorted(each) for n, each in points.items() if len({x for x, _ in each}) > 1}


def roofline_figure(
    rows: Sequence[Row], peaks: Mapping[str, Mapping[str, float]], styles: Styles
) -> Any:
    """Speed against the operations that are done with each byte moved."""
    points: dict[str, list[tuple[float, float]]] = {}
    for lines in rows:
        for name, line in fastest(lines).items():
            if name != FLOOR:
                point = (line["operations"] / line["bytes"], 1e3 * line["teraflops"])
                points.setdefault(name, []).append(point)
    if not points:
        return None
    figure, (axes,) = canvas(1, (8, 6))
    for name, marks in points.items():
        axes.plot(*zip(*marks, strict=True), ls="none", label=name, **styles[name])
    all_points = [point for each in points.values() for point in each]
    intensities, speeds = ([point[axis] for point in all_points] for axis in (0, 1))
    # Far enough to show where memory is no longer what limits.
    ridges = {dtype: peak["gflops"] / peak["gigabytes"] for dtype, peak in peaks.items()}
    ends = [min([*intensities, *ridges.values()]) / 2, max([*intensities, *ridges.values()]) * 2]
    for style, (dtype, peak) in zip(("-", "--", ":"), peaks.items(), strict=False):
        sides = (line for lines in rows for line in lines)
        label = f"{dtype}: product and memory"
        if above_peak(sides, dtype, peak["gflops"]):
            label += "\n(disturbed: a side is above it)"
        roof = [ends[0] * peak["gigabytes"], peak["gflops"], peak["gflops"]]
        axes.plot([ends[0], ridges[dtype], ends[1]], roof, style, color="0.3", lw=1, label=label)
        speeds += roof
    log_axis(axes, "x", ends)
    log_axis(axes, "y", speeds)
    axes.set(xlabel="operations a byte", ylabel="GFLOP/s")
    axes.grid(True, lw=0.3)
    figure.legend(fontsize=7, loc="outside right upper")
    return figure
