"""The Markdown report: the machine, a table a mode, what ratios come to, every side.

Ratios say how many times as long a side takes as the base, the first of seqjax's drivers that was
asked for: above 1, seqjax is faster. Where a library has several sides, the fastest counts. A side
whose answer is wrong has no ratio in tables of modes.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.benchmark.lines import (
    FIGURES,
    SEQJAX,
    Row,
    above_peak,
    fastest,
    figures,
    is_row,
    notes,
    shown,
)
from experiments.benchmark.log import Line
from experiments.benchmark.machine import machine_text
from experiments.benchmark.row import FLOOR
from experiments.benchmark.tables import error, markdown_table, number, share, times

LEGEND = """Medians of runs by turns in one process, compilation apart. Ratios say how many times as
long a side takes as the base: above 1, the base is faster. Errors are the largest differences to a
float64 reference: of outputs, and of gradients over the largest entry of their array. Floor: the
time of the necessary products alone over that of the side; where it is above 100 %, marked ?, the
floor was disturbed or is slower than the side's own products, and the notes say so."""
NEAR = 1.05
"""How many times as long as the fastest driver a good choice may take."""


def report(measured: Sequence[Row], machine: Mapping[str, Any], commands: Sequence[str]) -> str:
    """All measurements of a machine, the newest of each title."""
    rows = [lines for lines in measured if is_row(lines)]
    others = [lines for lines in measured if not is_row(lines)]
    parts = [
        "# Benchmark",
        f"Machine: {machine_text(machine)}",
        "\n".join(f"    {command}" for command in commands),
    ]
    parts += [LEGEND] if rows else []
    for mode in dict.fromkeys(lines[0]["mode"] for lines in rows):
        parts += [f"## {mode}", *_mode([lines for lines in rows if lines[0]["mode"] == mode])]
    for kind in dict.fromkeys(lines[0]["kind"] for lines in others):
        extra = [line for lines in others if lines[0]["kind"] == kind for line in lines]
        parts += [f"## {kind.replace('_', ' ')}", _extra(extra)]
    if rows:
        parts += ["## Every side", _every_side(rows)]
    items = [f"- {note}" for note in _peak_notes(measured, rows)]
    items += [f"- {lines[0]['title']}: {note}" for lines in rows for note in notes(lines)]
    if items:
        parts += ["## Notes", "\n".join(items)]
    return "\n\n".join(parts) + "\n"


def _mode(rows: Sequence[Row]) -> list[str]:
    """The table of one mode, and what its ratios come to."""
    best = [fastest(lines) for lines in rows]
    bases = [lines[0]["base"] for lines in rows]
    names = [n for sides, base in zip(best, bases, strict=True) for n in sides if n != base]
    others = [name for name in dict.fromkeys(names) if name != FLOOR]
    header = ["cell", "shape", "dtype", "base", "ms", "p10 to p90", "floor", "outputs", "gradients"]
    cells, ratios = [], []
    for lines, sides, base in zip(rows, best, bases, strict=True):
        ratios.append({name: sides[name]["ratio"] for name in others if name in sides})
        cells.append(
            [lines[0]["cell"], lines[0]["shape"], lines[0]["dtype"], base]
            + _base(sides.get(base))
            + [times(ratios[-1].get(name)) for name in others]
        )
    parts = [markdown_table([*header, *others], cells, 4)]
    summaries = []
    for name in others:
        values = [each[name] for each in ratios if each.get(name) is not None]
        if values:
            middle, least = statistics.median(values), min(values)
            summaries.append([name, times(middle), times(least), str(len(values))])
    if summaries:
        parts.append(markdown_table(["ratio to", "median", "minimum", "rows"], summaries))
    return parts + _choice_of_driver(ratios)


def _base(line: Line | None) -> list[str]:
    if line is None:
        return ["-"] * 5
    spread = f"{number(line['milliseconds_p10'])} to {number(line['milliseconds_p90'])}"
    errors = [error(line["output_error"]), error(line["gradient_error"])]
    return [number(line["milliseconds"]), spread, share(line["share_of_floor"]), *errors]


def _choice_of_driver(ratios: Sequence[dict[str, float | None]]) -> list[str]:
    """How often the base was the right choice among seqjax's drivers."""
    drivers = [
        [value for name, value in each.items() if name.startswith(SEQJAX) and value is not None]
        for each in ratios
    ]
    least = [min(each) for each in drivers if each]
    if not least:
        return []
    near = sum(value >= 1 / NEAR for value in least)
    return [f"The base is within 5 % of the fastest driver in {near} of {len(least)} rows."]


def _extra(lines: Row) -> str:
    values = [shown(line) for line in lines]
    names = list(dict.fromkeys(name for each in values for name in each))
    return markdown_table(names, [[each.get(name, "-") for name in names] for each in values], 2)


def _peak_notes(measured: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    """Peaks of the machine that are none, since a side was faster."""
    sides = [line for lines in rows for line in lines]
    for line, *_ in (lines for lines in measured if lines[0]["kind"] == "peak"):
        if "gflops" in line and (best := above_peak(sides, line["dtype"], line["gflops"])):
            yield (
                f"peak {line['dtype']}: {number(line['gflops'])} GFLOP/s, but {best['side']} made"
                f" {number(1e3 * best['teraflops'])} in {best['title']}: it was disturbed"
            )


def _every_side(rows: Sequence[Row]) -> str:
    header = ["cell", "shape", "dtype", "mode", "side"]
    cells = [[line[name] for name in header] + figures(line) for lines in rows for line in lines]
    return markdown_table([*header, *FIGURES], cells, len(header))
