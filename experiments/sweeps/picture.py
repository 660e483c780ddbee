"""The trials of a sweep as a picture: parallel coordinates, or learning curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.sweeps.launches import written
from experiments.sweeps.state import Sweep
from experiments.sweeps.table import Table
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.optional import optional_module
from seqjax.basics.whole_file import check_place
from seqjax.vectors.plots.options import ENDINGS
from seqjax.vectors.plots.pictures import canvas, save

WIDE = 50
"""A setting whose largest value is so many times the least has a logarithmic axis."""
TICKS = 5
NAMES = 12
"""Values with a name that an axis shows at most."""


class Axis(NamedTuple):
    """Where the values of a column stand, from 0 to 1."""

    name: str
    places: list[float]
    """of each trial"""
    ticks: list[tuple[float, str]]


def check(path: str) -> None:
    """Whether a picture can be drawn there; "" stands for none.

    Raises:
      ValueError: for another ending, or a folder that is not there.
      ImportError: without matplotlib.
    """
    if path:
        checks.lookup("ending of picture", dict.fromkeys(ENDINGS), Path(path).suffix.lower())
        check_place("picture", path)
        optional_module("matplotlib", "plots")


def draw(sweep: Sweep, table: Table, path: Path, column: str = "") -> None:
    """Parallel coordinates where two settings or more were searched, else learning curves.

    Args:
      column: the figure, that monitored if there is none.

    Raises:
      ValueError: if no trial has a figure yet, or the column is none of figures.
    """
    name = column.removeprefix("-") or table.monitor
    rows = [row for row in table.rows if isinstance(row[name], int | float)]
    rows = [row for row in rows if math.isfinite(row[name])]
    if not rows:
        raise ValueError(f"picture: no trial has a number as {name} yet")
    if len(table.settings) < 2:
        folders = {trial.number: sweep.run_folder(trial) for trial in sweep.trials}
        comparison = runs.compare([folders[row["trial"]] for row in rows])
        comparison.draw(path, name.removeprefix("valid_"))
        return
    title = f"{sweep.asked['launch']}, {len(rows)} trials"
    drawn = {name for name, text in map(_pair, sweep.asked["random"]) if text.startswith("log:")}
    axes = [
        axis(column, [row[column] for row in rows], log=column in drawn)
        for column in [*table.settings, name]
    ]
    _parallel(axes, [row[name] for row in rows], title, path)


def axis(name: str, values: Sequence[Any], *, log: bool = False) -> Axis:
    """Numbers by size, on a logarithmic axis with ``log`` or where they are wide apart.

    Others stand in equal steps.

    >>> axis("rate", [0.001, 1.0, 0.1]).places[2].__round__(3)
    0.667
    """
    if all(type(value) in (int, float) for value in values):
        low, high = min(values), max(values)
        log = low > 0 and (log or high / low >= WIDE)
        scale = np.log10 if log else np.asarray
        inner = sorted(set(values))
        if len(inner) > TICKS:
            inner = list((np.geomspace if log else np.linspace)(low, high, TICKS))
        ticks = [(_place(scale, each, low, high), f"{each:.3g}") for each in inner]
        return Axis(name, [_place(scale, each, low, high) for each in values], ticks)
    names = [written(value) for value in values]
    kinds = list(dict.fromkeys(names))
    where = {kind: (n + 0.5) / len(kinds) for n, kind in enumerate(kinds)}
    every = -(-len(kinds) // NAMES)
    ticks = [(where[kind], kind[:20]) for kind in kinds[::every]]
    return Axis(name, [where[each] for each in names], ticks)


def _pair(text: str) -> tuple[str, str]:
    name, _, values = text.partition("=")
    return name, values


def _place(scale: Any, value: float, low: float, high: float) -> float:
    return 0.5 if high == low else float((scale(value) - scale(low)) / (scale(high) - scale(low)))


def _parallel(axes: Sequence[Axis], figures: Sequence[float], title: str, path: Path) -> None:
    """A line for each trial across all axes; the darker, the lower its figure, the best thick."""
    about = "a line for each trial; the darker it is, the lower the last axis; the lowest is thick"
    picture, plot = canvas(title, about, (max(6.0, 1.6 * len(axes)), 4.5))
    shades = optional_module("matplotlib", "plots").colormaps["viridis"]
    box = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1}
    style: dict[str, Any] = {
        "va": "center", "fontsize": 7, "color": "0.2", "parse_math": False, "bbox": box,
    }  # fmt: skip
    order = np.argsort(figures, kind="stable")
    for rank in range(len(order) - 1, -1, -1):  # the best on top
        places = [each.places[order[rank]] for each in axes]
        shade = shades(0.9 * rank / max(1, len(order) - 1))
        best = rank == 0
        plot.plot(places, color=shade, lw=2.5 if best else 1, alpha=1 if best else 0.7)
    for number, each in enumerate(axes):
        plot.axvline(number, color="0.6", lw=0.8, zorder=0)
        for place, words in each.ticks:
            plot.annotate(
                words, (number, place), xytext=(3, 0), textcoords="offset points", **style
            )
    plot.set_xticks(range(len(axes)), [each.name for each in axes])
    plot.set_yticks([])
    save(picture, [path])
