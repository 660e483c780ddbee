"""Series in CSV files: which columns are numbers, and which rows belong to which series."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seqjax.data.encodings import UTF8
from seqjax.data.formats.separated import TAB, separated
from seqjax.data.formats.table import Row, table
from seqjax.data.text import read

SEPARATORS = (",", ";", TAB, "|")
"""What may stand between cells."""
NO_SEPARATORS = '"\r\n'


def header_of(path: str | Path, *, delimiter: str = "", encoding: str = UTF8) -> list[str]:
    """The names of the columns of a CSV file.

    Raises:
      ValueError: for a file without any, or cells that something else stands between.
    """
    path = Path(path)
    separator = _separator(path, delimiter)
    rows = separated(read(path, encoding), str(path), layout="csv", delimiter=separator)
    names = next((cells for _, cells in rows), [])
    if not any(names):
        raise ValueError(f"{path}: got no columns, want a first line of names")
    others = [other for other in SEPARATORS if other != separator and other in names[0]]
    if len(names) == 1 and others:
        raise ValueError(
            f"delimiter: got {separator!r}, but the first line of {path} is {names[0]!r}; want"
            f" {'tab' if others[0] == TAB else repr(others[0])}?"
        )
    return names


def read_csv(
    path: Path, id: str, wanted: Sequence[str], delimiter: str, encoding: str = UTF8
) -> Iterator[tuple[str, tuple[str, ...], np.ndarray, tuple[str, ...]]]:
    """(name, columns, values float64 [T, C], ignored columns) of each series.

    Arguments are those of ``read_series``. Columns without a name, such as the numbers of rows that
    some programs write first, are ignored.

    Raises:
      ValueError: as ``read_series`` does.
    """
    separator = _separator(path, delimiter)
    header = header_of(path, delimiter=delimiter, encoding=encoding)
    if id not in ("", *header):
        raise ValueError(f"id: {path}: got columns {', '.join(header)}, want {id!r} among them")
    names = [name for name in header if name and name != id]
    columns = [*names, id] if id else names
    rows = table(path, columns, layout="csv", delimiter=separator, encoding=encoding)
    numbers: dict[str, np.ndarray] = {}
    for index, name in enumerate(names):
        cells = [row.cells[index] for row in rows]
        ignorable = name not in wanted and (bool(wanted) or _is_text(cells))
        if not ignorable or all(map(_is_finite, cells)):
            numbers[name] = _numbers(path, name, rows, cells)
    if not numbers:
        raise ValueError(f"{path}: got no column of numbers, want one or more")
    members: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        members.setdefault(row.cells[-1] if id else path.name, []).append(number)
    values = np.stack(list(numbers.values()), -1)
    used = {*numbers, id} if id else {*numbers}
    ignored = tuple(name for name in header if name not in used)
    for name, indices in members.items():
        yield name, tuple(numbers), values[indices], ignored


def _separator(path: Path, delimiter: str) -> str:
    if not delimiter:
        return TAB if ".tsv" in path.suffixes else ","
    if delimiter != "tab" and (len(delimiter) != 1 or delimiter in NO_SEPARATORS):
        raise ValueError(
            f"delimiter: got {delimiter!r}, want one character, or tab; no quote and no line end"
        )
    return TAB if delimiter == "tab" else delimiter


def _numbers(path: Path, name: str, rows: Sequence[Row], cells: Sequence[str]) -> np.ndarray:
    """float64 [N] of the cells of a column."""
    for row, cell in zip(rows, cells, strict=True):
        if not _is_finite(cell):
            kind = "a finite number" if _number(cell) is not None else "a number"
            raise ValueError(f"{path}, line {row.line}, column {name}: got {cell!r}, want {kind}")
    return np.array(cells, np.float64)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _is_finite(cell: str) -> bool:
    value = _number(cell)
    return value is not None and math.isfinite(value)


def _is_text(cells: Sequence[str]) -> bool:
    """Whether a column holds words, or times, and not a single number."""
    return any(cells) and all(_number(cell) is None for cell in cells)
