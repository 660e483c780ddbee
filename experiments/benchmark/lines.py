"""Lines of results as they are shown: on the terminal, as CSV, and as cells of tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from experiments.benchmark import tables as benchmark_tables
from experiments.benchmark.log import MEASURED, Line
from experiments.benchmark.row import FLOOR
from experiments.benchmark.tables import error, number, share, times

INTERNAL = ("kind", "title", "machine", "key", "lines", "line")
FIGURES = ["ms", "p10", "p90", "us/step", "tokens/s", "TFLOP/s", "floor", "ratio", "outputs",
           "gradients", "MiB", "compile s", ""]  # fmt: skip
"""The columns of ``figures``; the two in front of MiB are errors."""


def figures(line: Line) -> list[str]:
    """What was measured of one side, in the order of ``FIGURES``; dashes for what was not."""
    memory = line.get("temporary_bytes")
    values = [
        number(line.get("milliseconds")), number(line.get("milliseconds_p10")),
        number(line.get("milliseconds_p90")), number(line.get("microseconds_per_step")),
        number(line.get("tokens_per_second")), number(line.get("teraflops")),
        share(line.get("share_of_floor")), times(line.get("ratio")),
        error(line.get("output_error")), error(line.get("gradient_error")),
        number(None if memory is None else memory / 2**20), number(line.get("compile_seconds")),
    ]  # fmt: skip
    return [*values, "WRONG" if line.get("wrong") else ""]


def block(lines: Sequence[Line]) -> str:
    """A measurement for the terminal: a row with all its sides, or lines of an extra one."""
    if lines[0]["kind"] != "row":
        return "\n".join("  ".join(f"{n} {v}" for n, v in shown(line).items()) for line in lines)
    rows = [[line["side"], *figures(line)] for line in lines if line["status"] == MEASURED]
    parts = [benchmark_tables.text(["", *FIGURES], rows)] if rows else []
    return "\n".join(parts + notes(lines))


def notes(lines: Iterable[Line]) -> list[str]:
    """Why sides are missing, and what is to be known of those that are there."""
    found = []
    for line in lines:
        if line["status"] == MEASURED and line.get("side") == FLOOR:
            continue  # its layouts: they are in the files
        said = [line.get("side", line["title"]), _status(line), line["note"]]
        if any(said[1:]):
            found.append(": ".join(filter(None, said)))
    return found


def shown(line: Line) -> dict[str, str]:
    """What an extra measurement has to say, by name."""
    found: dict[str, Any] = {n: v for n, v in line.items() if n not in (*INTERNAL, "status")}
    found |= {"status": _status(line)}
    return {
        name: number(value, 4) if isinstance(value, float) else str(value)
        for name, value in found.items()
        if value not in ("", None)
    }


def table(lines: Iterable[Line]) -> str:
    """All lines as CSV, with the columns that any of them has."""
    rows = [{name: value for name, value in line.items() if name not in INTERNAL} for line in lines]
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _status(line: Line) -> str:
    return "" if line["status"] == MEASURED else line["status"]
