"""Tables of text: columns of TSV, CSV and JSONL files, by name or by number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.data.text import read

LAYOUTS = ("tsv", "csv", "jsonl")


class Row(NamedTuple):
    """One line of a table."""

    line: int
    """its number in the file, from 1"""
    cells: tuple[Any, ...]
    """str; of JSONL also a list of str"""


def table(
    path: str | Path,
    columns: Sequence[str],
    *,
    layout: str,
    header: bool = True,
    delimiter: str = ",",
) -> list[Row]:
    """The wanted columns of a file, row by row; white space at the ends of a cell is dropped.

    A TSV file has no quoting (its cells hold no tabs), a CSV file has that of RFC 4180, a JSONL
    file one object a line. Empty lines are passed over. gzip or not.

    Args:
      columns: names of the header or keys of the objects; without a header numbers from 1, "1".
      layout: tsv, csv or jsonl.
      header: whether the first line of a TSV or CSV file names the columns.
      delimiter: the character between the cells of a CSV file.

    Raises:
      ValueError: names the file and the line: not as the layout has it, or with another number of
        cells than the first one; names an unknown column, and those there are.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout: got {layout!r}, want one of {', '.join(LAYOUTS)}")
    text = read(path)
    if layout == "jsonl":
        rows = [Row(n, _object_cells(path, n, line, columns)) for n, line in lines(text)]
    else:
        rows = list(_separated(path, text, columns, layout, header, delimiter))
    if not rows:
        raise ValueError(f"{path}: got no rows, want one or more")
    return rows


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and content of each line that is not blank; only line feeds end lines.

    >>> list(lines("one" + chr(10) * 2 + "  two  "))
    [(1, 'one'), (3, 'two')]
    """
    for number, line in enumerate(io.StringIO(text), 1):
        if line := line.strip():
            yield number, line


def _separated(
    path: str | Path, text: str, columns: Sequence[str], layout: str, header: bool, delimiter: str
) -> Iterator[Row]:
    source = io.StringIO(text, newline="")
    if layout == "tsv":
        reader = csv.reader(source, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    names: list[str] = []
    indices: list[int] = []
    for number, cells in _numbered(path, reader, layout):
        cells = [cell.strip() for cell in cells]
        if not names:
            names = cells if header else [str(n + 1) for n in range(len(cells))]
            indices = [_column_index(path, names, column) for column in columns]
            if header:
                continue
        if len(cells) != len(names):
            raise ValueError(
                f"{path}, line {number}: got {len(cells)} columns, want {len(names)} of {layout},"
                " as in the first line"
            )
        yield Row(number, tuple(cells[index] for index in indices))


def _numbered(path: str | Path, reader: Any, layout: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, by the number of the line they begin in."""
    begin = 1
    try:
        for cells in reader:
            if cells:
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {begin}: got no {layout} ({error})") from error


def _column_index(path: str | Path, names: Sequence[str], column: str) -> int:
    if names.count(column) != 1:
        problem = "twice or more" if column in names else "nowhere"
        raise ValueError(
            f"{path}: column {column!r} is there {problem}, want one of {', '.join(names)}"
        )
    return names.index(column)


def _object_cells(
    path: str | Path, number: int, line: str, columns: Sequence[str]
) -> tuple[Any, ...]:
    where = f"{path}, line {number}"
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where}: got no JSON ({error}), want one object a line") from error
    if not isinstance(record, dict):
        raise ValueError(f"{where}: got {type(record).__name__}, want one JSON object a line")
    for column in columns:
        if column not in record:
            raise ValueError(f"{where}: has no {column!r}, want one of {', '.join(record)}")
    return tuple(_cell(where, column, record[column]) for column in columns)


def _cell(where: str, column: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_cell(where, column, each) for each in value]
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise ValueError(f"{where}: {column} is {value!r}, want text, a number or a list of those")
