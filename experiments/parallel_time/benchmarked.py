"""What a benchmark has measured of cells over many numbers of steps, and tables of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.benchmark.log import MEASURED, RESULTS

SIDE = "seqjax "
"""How the sides of this library begin; the rest of the name is the driver."""
FLOOR = "floor"
MIB = 2**20

Line = dict[str, Any]


def read(folder: Path) -> list[Line]:
    """What was measured, the newest line of each row and side; ``side`` is a driver or a peer.

    Raises:
      ValueError: for a folder without results, or where nothing was measured.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise ValueError(f"benchmark: got {folder}, which has no {RESULTS}")
    newest: dict[tuple[str, str], Line] = {}
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        side = line.get("side", FLOOR)
        if line.get("status") == MEASURED and side != FLOOR:
            ours = side.startswith(SIDE)
            line |= {"side": side.removeprefix(SIDE), "ours": ours}
            newest[line["title"], side] = line
    if not newest:
        raise ValueError(f"benchmark: got {folder}, in whose {RESULTS} nothing was measured")
    return list(newest.values())


def names(lines: Sequence[Line], field: str) -> list[str]:
    """Different values of a field, in order."""
    return list(dict.fromkeys(line[field] for line in lines))


def tables(lines: Sequence[Line]) -> str:
    """Markdown, a table a cell: time of its first side, of others as ratios to it, and memory."""
    return "\n\n".join(
        f"### {cell}\n\n{_table([line for line in lines if line['cell'] == cell])}"
        for cell in names(lines, "cell")
    )


def _table(lines: list[Line]) -> str:
    sides = names(lines, "side")
    head = ["T", f"{sides[0]}, ms", *sides[1:], *(f"{side}, MiB" for side in sides)]
    rows = []
    for steps in sorted({line["steps"] for line in lines}):
        found = {line["side"]: line for line in lines if line["steps"] == steps}
        first = found.get(sides[0])
        rows.append(
            [
                f"{steps:,}",
                number(first["milliseconds"]) if first else "-",
                *(_ratio(found.get(side), first) for side in sides[1:]),
                *(_memory(found.get(side)) for side in sides),
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["--:"] * len(head), *rows))


def _ratio(line: Line | None, first: Line | None) -> str:
    return f"{line['milliseconds'] / first['milliseconds']:.2f}x" if line and first else "-"


def _memory(line: Line | None) -> str:
    size = line.get("temporary_bytes") if line else None
    return "-" if size is None else number(size / MIB)


def number(value: float) -> str:
    """Three digits, or all of a large whole number.

    >>> number(0.01234), number(1234.4)
    ('0.0123', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
