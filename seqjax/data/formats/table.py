"""Tables of text: columns of TSV, CSV and JSONL files, by name or by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.data.encodings import UTF8
from seqjax.data.formats.separated import separated
from seqjax.data.json_text import parse
from seqjax.data.text import numbered_lines, read

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
    encoding: str = UTF8,
    settings: Sequence[str] = (),
) -> list[Row]:
    """The wanted columns of a file, row by row; white space at the ends of a cell is dropped.

    A TSV file has no quoting (its cells hold no tabs), a CSV file has that of RFC 4180, a JSONL
    file one object a line. Empty lines are passed over. gzip or not.

    Args:
      columns: names of the header or keys of the objects, where "review.text" reaches into an
        object and "reviews.0" into a list; without a header numbers from 1, "1".
      layout: tsv, csv or jsonl.
      header: whether the first line of a TSV or CSV file names the columns.
      delimiter: the character between the cells of a CSV file.
      encoding: of the file.
      settings: names of the settings that hold ``columns``, which errors begin with.

    Raises:
      ValueError: names the file and the line: not as the layout has it, or with another number of
        cells than the first one; names an unknown column, and those there are.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout: got {layout!r}, want one of {', '.join(LAYOUTS)}")
    text, where = read(path, encoding), str(path)
    asked = {c: f"{s}: " for c, s in zip(columns, settings, strict=False)}
    if layout == "jsonl":
        rows = [
            Row(number, _object_cells(f"{where}, line {number}", line, columns, asked))
            for number, line in numbered_lines(text)
        ]
    else:
        rows = list(_separated(where, text, columns, layout, header, delimiter, asked))
    if not rows:
        raise ValueError(f"{path}: got no rows, want one or more")
    return rows


def _separated(
    where: str,
    text: str,
    columns: Sequence[str],
    layout: str,
    header: bool,
    delimiter: str,
    asked: Mapping[str, str],
) -> Iterator[Row]:
    names: list[str] = []
    indices: list[int] = []
    for number, cells in separated(text, where, layout=layout, delimiter=delimiter):
        if not names:
            names = cells if header else [str(n + 1) for n in range(len(cells))]
            indices = [_column_index(asked.get(c, "") + where, names, c) for c in columns]
            if header:
                continue
        if len(cells) != len(names):
            raise ValueError(
                f"{where}, line {number}: got {len(cells)} columns, want {len(names)} of {layout},"
                " as in the first line"
            )
        yield Row(number, tuple(cells[index] for index in indices))


def _column_index(where: str, names: Sequence[str], column: str) -> int:
    if names.count(column) != 1:
        problem = "twice or more" if column in names else "nowhere"
        raise ValueError(
            f"{where}: column {column!r} is there {problem}, want one of {', '.join(names)}"
        )
    return names.index(column)


def _object_cells(
    where: str, line: str, columns: Sequence[str], asked: Mapping[str, str]
) -> tuple[Any, ...]:
    record = parse(line, where)
    if not isinstance(record, dict):
        raise ValueError(f"{where}: got {type(record).__name__}, want one JSON object a line")
    fields = [_field(asked.get(column, "") + where, record, column) for column in columns]
    return tuple(_cell(where, c, field) for c, field in zip(columns, fields, strict=True))


def _field(where: str, record: Mapping[str, Any], column: str) -> Any:
    """The value of a key; of one with dots that is none, what is in the objects on the way."""
    if column in record:
        return record[column]
    value: Any = record
    for key in column.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise ValueError(f"{where}: has no {column!r}, want one of {', '.join(record)}")
    return value


def _cell(where: str, column: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_cell(where, column, each) for each in value]
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise ValueError(f"{where}: {column} is {value!r}, want text, a number or a list of those")
