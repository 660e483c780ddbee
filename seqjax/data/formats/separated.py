"""Rows of cells with a character between them: TSV, which has no quotes, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from seqjax.data.text import lines

TAB = "\t"


def separated(
    text: str, where: str, *, layout: str, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """The number of its first line and the cells of each row that is not empty.

    White space around cells is dropped; they may be of any length. Cells of CSV may be in quotes,
    as in RFC 4180, and then hold delimiters, line ends and doubled quotes.

    Args:
      where: what errors call the text.
      layout: tsv or csv.
      delimiter: of csv.

    Raises:
      ValueError: says where, with the line: quotes that do not end, or text behind them.

    >>> list(separated('a, b' + chr(10) + '"x, y",2', "example", layout="csv"))
    [(1, ['a', 'b']), (2, ['x, y', '2'])]
    """
    rows = _tabbed(text) if layout == "tsv" else _quoted(text, where, delimiter)
    for number, cells in rows:
        yield number, [cell.strip() for cell in cells]


def _tabbed(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines(text), 1):
        if line:
            yield number, line.split(TAB)


def _quoted(text: str, where: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # A limit of the whole process, which others may have raised: it only ever grows.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    begin = 1
    try:
        for cells in reader:
            if cells:
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{where}, line {begin}: got no csv ({error})") from error
