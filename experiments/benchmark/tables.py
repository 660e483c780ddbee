"""Tables as text, Markdown and CSV, and numbers as they are shown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Cells = Sequence[Sequence[str]]


def number(value: float | None, digits: int = 3) -> str:
    """At least ``digits`` digits, no exponent, thousands apart; a dash where there is none."""
    if value is None:
        return "-"
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, decimals)}f}"


def error(value: float | None) -> str:
    """A small number: 1.2e-06."""
    return "-" if value is None else f"{value:.1e}"


def times(value: float | None) -> str:
    """A ratio: 1.25x."""
    return "-" if value is None else f"{value:.2f}x"


def share(value: float | None) -> str:
    """A part of a whole: 70%; with a question mark where it is shown as more than the whole."""
    if value is None:
        return "-"
    return f"{value:.0%}" + "?" * exceeds_whole(value)


def exceeds_whole(value: float) -> bool:
    """Whether a share is above 100 %, in whole percents."""
    return round(value, 2) > 1


def text_table(header: Sequence[str], rows: Cells) -> str:
    """Columns of equal width; the first is left-aligned, the others right-aligned."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in (header, *rows)
    )


def markdown_table(header: Sequence[str], rows: Cells, names: int = 1) -> str:
    """A table of Markdown; the first ``names`` columns are left-aligned."""
    ruler = ["---" if column < names else "--:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ruler, *rows))


def csv_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with the columns that any of the rows has."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
