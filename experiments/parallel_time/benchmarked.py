"""What a benchmark has measured of cells over many numbers of steps, and tables of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from experiments.benchmark.log import MEASURED, RESULTS, Line, measurements
from experiments.benchmark.tables import markdown_table, number, times

SIDE = "seqjax "
"""How the sides of this library begin; the rest of the name is the driver."""
FLOOR = "floor"
MIB = 2**20


def read(folder: Path) -> list[Line]:
    """What was measured, of each row the newest measurement; ``side`` is a driver or a peer.

    Raises:
      ValueError: for a folder without results, or where nothing was measured.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise ValueError(f"benchmark: got {folder}, which has no {RESULTS}")
    text = path.read_text(encoding="utf-8")
    whole_lines = text[: text.rfind("\n") + 1].splitlines()
    newest = {group[0]["title"]: group for group in measurements(map(json.loads, whole_lines))}
    found = [
        line | {"side": line["side"].removeprefix(SIDE), "ours": line["side"].startswith(SIDE)}
        for group in newest.values()
        for line in group
        if line["status"] == MEASURED and line.get("side", FLOOR) != FLOOR
    ]
    if not found:
        raise ValueError(f"benchmark: got {folder}, in whose {RESULTS} nothing was measured")
    return found


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
        each = [found.get(side, {}) for side in sides]
        sizes = [line.get("temporary_bytes") for line in each]
        rows.append(
            [
                f"{steps:,}",
                number(each[0].get("milliseconds")),
                *(times(line.get("ratio")) for line in each[1:]),
                *(number(None if size is None else size / MIB) for size in sizes),
            ]
        )
    return markdown_table(head, rows, 0)
