"""What the benchmark's pictures share: canvas, styles of sides, logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

MARKERS = "os^vD<>P*X"
LINES = ("-", "--", ":", "-.")
GAP = 0.07
"""Share of an axis that is between two of its labels, at least: closer ones would overlap."""


def canvas(panels: int, inches: tuple[float, float]) -> tuple[Any, Any]:
    """A figure and its axes. Not pyplot: it needs to know of a screen, and keeps figures."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ImportError("matplotlib is not installed; pip install 'seqjax[plots]'") from error
    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.subplots(1, panels, squeeze=False)[0]


def side_styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A marker and a colour for each side."""
    return {
        name: {"marker": MARKERS[number % len(MARKERS)], "color": f"C{number}", "ms": 5}
        for number, name in enumerate(names)
    }


def line_style(number: int) -> dict[str, Any]:
    """A line, and whether its marks are filled, that tell one group of curves from another."""
    filled = number // len(LINES) % 2 == 0
    return {"ls": LINES[number % len(LINES)], "fillstyle": "full" if filled else "none", "lw": 1}


def log_axis(axes: Any, name: str, values: Sequence[float], at_values: bool = False) -> None:
    """Makes the axis "x" or "y" logarithmic around ``values``, with numbers that do not overlap.

    They stand at round numbers, or with ``at_values`` at the values themselves.
    """
    pad = max((max(values) / min(values)) ** 0.05, 1.05)
    low, high = min(values) / pad, max(values) * pad
    ticks = spaced(sorted(set(values)), low, high) if at_values else round_ticks(low, high)
    getattr(axes, f"set_{name}scale")("log")
    axis = getattr(axes, f"{name}axis")
    axis.set_ticks(ticks, [f"{tick:,.10g}" for tick in ticks])
    axis.set_ticks([], minor=True)
    getattr(axes, f"set_{name}lim")(low, high)


def round_ticks(low: float, high: float) -> list[float]:
    """As many round numbers within [low, high] as are ``GAP`` apart on a logarithmic axis."""
    ticks: list[float] = []
    for grid in _grids(low, high):
        ticks = [tick for tick in grid if low <= tick <= high]
        if ticks == spaced(ticks, low, high):
            return ticks
    return spaced(ticks, low, high)


def spaced(ticks: Sequence[float], low: float, high: float) -> list[float]:
    """Of rising ticks the first, and each further one that is ``GAP`` behind the one before it."""
    kept: list[float] = []
    for tick in ticks:
        if not kept or math.log(tick / kept[-1]) >= GAP * math.log(high / low):
            kept.append(tick)
    return kept


def _grids(low: float, high: float) -> Iterator[list[float]]:
    """Round numbers around [low, high], fewer and fewer; the last are the powers of ten."""
    if high < 3 * low:  # where a logarithmic axis is nearly a linear one
        power = math.floor(math.log10(high - low)) - 2
        for step in (float(f"{digit}e{power + more}") for more in range(4) for digit in (1, 2, 5)):
            numbers = range(math.floor(low / step), math.ceil(high / step) + 1)
            yield [float(f"{number * step:.12g}") for number in numbers]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1, 3), (1,)):
        yield [float(f"{digit}e{power}") for power in powers for digit in digits]
