"""Lines of results, and how they are shown: the figures of a side, notes, the fastest sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from experiments.benchmark.log import MEASURED, Line
from experiments.benchmark.row import FLOOR
from experiments.benchmark.tables import (
    csv_table,
    error,
    exceeds_whole,
    number,
    share,
    text_table,
    times,
)  # fmt: skip

Row = Sequence[Line]

INTERNAL = ("kind", "title", "machine", "key", "lines", "line")
FIGURES = ["ms", "p10", "p90", "us/step", "tokens/s", "TFLOP/s", "floor", "ratio", "outputs",
           "gradients", "MiB", "compile s", ""]  # fmt: skip
"""The columns of ``figures``; the two in front of MiB are errors."""
SEQJAX = "seqjax "
"""What the names of seqjax's sides begin with; the driver follows."""


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


def right(lines: Iterable[Line]) -> list[Line]:
    """Those of sides that were measured and whose answer is right."""
    return [line for line in lines if line["status"] == MEASURED and not line.get("wrong")]


def fastest(lines: Row) -> dict[str, Line]:
    """By library the fastest side that is right; seqjax's drivers each for itself."""
    best: dict[str, Line] = {}
    for line in right(lines):
        name = line["side"] if line["side"].startswith(SEQJAX) else line["side"].split()[0]
        if name not in best or line["milliseconds"] < best[name]["milliseconds"]:
            best[name] = line
    return best


def above_floor(lines: Row) -> Line | None:
    """The side that took least beside the floor, where the floor took longer than it did.

    A side makes the floor's products and more. So such a floor was disturbed while it was measured,
    or those products are faster than XLA's and torch's, each called alone: no lower bound either
    way.
    """
    shares = [line for line in right(lines) if line.get("share_of_floor")]
    best = max(shares, key=lambda line: line["share_of_floor"], default=None)
    return best if best and exceeds_whole(best["share_of_floor"]) else None


def above_peak(lines: Iterable[Line], dtype: str, gflops: float) -> Line | None:
    """The fastest side, where it made more GFLOP/s than the large product that is the peak.

    Such a peak was disturbed while it was measured: the network's products are no faster.
    """
    of_dtype = [line for line in right(lines) if line["dtype"] == dtype]
    best = max(of_dtype, key=lambda line: line["teraflops"], default=None)
    return best if best and 1e3 * best["teraflops"] > gflops else None


def notes(lines: Row) -> list[str]:
    """Why sides are missing, and what is to be known of those that are there."""
    sentences = []
    for line in lines:
        if line["status"] == MEASURED and line.get("side") == FLOOR:
            continue  # its layouts: they are in the files
        parts = [line.get("side", line["title"]), _status(line), line["note"]]
        if any(parts[1:]):
            sentences.append(": ".join(filter(None, parts)))
    if best := above_floor(lines):
        sentences.append(
            f"{FLOOR}: took {best['share_of_floor']:.0%} of the time of {best['side']}: disturbed,"
            " or slower, calls included, than that side's own products; it is no floor in this row"
        )
    return sentences


def is_row(lines: Row) -> bool:
    """Whether it is a row with its sides, and not one that failed as a whole, or an extra one."""
    return lines[0]["kind"] == "row" and "mode" in lines[0]


def block(lines: Row) -> str:
    """A measurement for the terminal: a row with all its sides, or lines of an extra one."""
    if not is_row(lines):
        return "\n".join("  ".join(f"{n} {v}" for n, v in shown(line).items()) for line in lines)
    rows = [[line["side"], *figures(line)] for line in lines if line["status"] == MEASURED]
    parts = [text_table(["", *FIGURES], rows)] if rows else []
    return "\n".join(parts + notes(lines))


def shown(line: Line) -> dict[str, str]:
    """What an extra measurement has to say, by name."""
    values: dict[str, Any] = {n: v for n, v in line.items() if n not in (*INTERNAL, "status")}
    values |= {"status": _status(line)}
    return {
        name: number(value, 4) if isinstance(value, float) else str(value)
        for name, value in values.items()
        if value not in ("", None)
    }


def to_csv(lines: Iterable[Line]) -> str:
    """All lines as CSV, without what only the log needs."""
    return csv_table({n: v for n, v in line.items() if n not in INTERNAL} for line in lines)


def _status(line: Line) -> str:
    return "" if line["status"] == MEASURED else line["status"]
