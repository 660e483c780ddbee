"""The Markdown report: the machine, a table a mode, what ratios come to, every side.

Ratios say how many times as long a side takes as the base, the first of seqjax's drivers that was
asked for: above 1, seqjax is faster. Where a library has several sides, the fastest counts. A side
whose answer is wrong has no ratio in tables of modes.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.benchmark import machine as benchmark_machine
from experiments.benchmark.lines import FIGURES, figures, notes, shown
from experiments.benchmark.log import MEASURED, Line
from experiments.benchmark.row import FLOOR
from experiments.benchmark.tables import error, markdown, number, share, times

LEGEND = """Medians of runs by turns in one process, compilation apart. Ratios say how many times as
long a side takes as the base: above 1, the base is faster. Errors are the largest differences to a
float64 reference: of outputs, and of gradients over the largest entry of their array. Floor: the
time of the necessary products alone over that of the side."""
NEAR = 1.05
"""How many times as long as the fastest driver a good choice may take."""
OURS = "seqjax "

Row = Sequence[Line]


def report(measured: Sequence[Row], machine: Mapping[str, Any], commands: Sequence[str]) -> str:
    """All measurements of a machine, the newest of each title."""
    rows = [lines for lines in measured if lines[0]["kind"] == "row"]
    parts = [
        "# Benchmark",
        f"Machine: {benchmark_machine.words(machine)}",
        "\n".join(f"    {command}" for command in commands),
    ]
    parts += [LEGEND] if rows else []
    for mode in dict.fromkeys(lines[0]["mode"] for lines in rows):
        parts += [f"## {mode}", *_mode([lines for lines in rows if lines[0]["mode"] == mode])]
    for kind in dict.fromkeys(lines[0]["kind"] for lines in measured):
        if kind != "row":
            found = [line for lines in measured if lines[0]["kind"] == kind for line in lines]
            parts += [f"## {kind.replace('_', ' ')}", _extra(found)]
    if rows:
        parts += ["## Every side", _every(rows)]
    said = [f"- {lines[0]['title']}: {note}" for lines in rows for note in notes(lines)]
    if said:
        parts += ["## Notes", "\n".join(said)]
    return "\n\n".join(parts) + "\n"


def fastest(lines: Row) -> dict[str, Line]:
    """By library the fastest side that is right; seqjax's drivers each for itself."""
    found: dict[str, Line] = {}
    for line in lines:
        if line["status"] == MEASURED and not line.get("wrong"):
            side = line["side"]
            name = side if side.startswith(OURS) else side.split()[0]
            if name not in found or line["milliseconds"] < found[name]["milliseconds"]:
                found[name] = line
    return found


def _mode(rows: Sequence[Row]) -> list[str]:
    """The table of one mode, and what its ratios come to."""
    best = [fastest(lines) for lines in rows]
    bases = [lines[0]["base"] for lines in rows]
    names = [n for found, base in zip(best, bases, strict=True) for n in found if n != base]
    others = [name for name in dict.fromkeys(names) if name != FLOOR]
    header = ["cell", "shape", "dtype", "base", "ms", "p10 to p90", "floor", "outputs", "gradients"]
    cells, ratios = [], []
    for lines, found, base in zip(rows, best, bases, strict=True):
        ratios.append({name: found[name]["ratio"] for name in others if name in found})
        cells.append(
            [lines[0]["cell"], lines[0]["shape"], lines[0]["dtype"], base]
            + _base(found.get(base))
            + [times(ratios[-1].get(name)) for name in others]
        )
    parts = [markdown([*header, *others], cells, 4)]
    summed = []
    for name in others:
        values = [each[name] for each in ratios if each.get(name) is not None]
        if values:
            middle, least = statistics.median(values), min(values)
            summed.append([name, times(middle), times(least), str(len(values))])
    parts += [markdown(["ratio to", "median", "minimum", "rows"], summed)] if summed else []
    return parts + _choice(ratios)


def _base(line: Line | None) -> list[str]:
    if line is None:
        return ["-"] * 5
    spread = f"{number(line['milliseconds_p10'])} to {number(line['milliseconds_p90'])}"
    exact = [error(line["output_error"]), error(line["gradient_error"])]
    return [number(line["milliseconds"]), spread, share(line["share_of_floor"]), *exact]


def _choice(ratios: Sequence[dict[str, float | None]]) -> list[str]:
    """How often the base was the right choice among seqjax's drivers."""
    drivers = [
        [value for name, value in each.items() if name.startswith(OURS) and value is not None]
        for each in ratios
    ]
    compared = [min(each) for each in drivers if each]
    if not compared:
        return []
    near = sum(least >= 1 / NEAR for least in compared)
    return [f"The base is within 5 % of the fastest driver in {near} of {len(compared)} rows."]


def _extra(lines: Row) -> str:
    said = [shown(line) for line in lines]
    names = list(dict.fromkeys(name for each in said for name in each))
    return markdown(names, [[each.get(name, "-") for name in names] for each in said], 2)


def _every(rows: Sequence[Row]) -> str:
    header = ["cell", "shape", "dtype", "mode", "side"]
    cells = [[line[name] for name in header] + figures(line) for lines in rows for line in lines]
    return markdown([*header, *FIGURES], cells, len(header))
