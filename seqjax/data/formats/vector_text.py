"""Rows of word vectors in text: a word and its numbers, with single blanks between them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

FINITE = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
NUMBER = re.compile(FINITE.pattern + rb"|[-+]?(nan|inf)", re.IGNORECASE)
PROBE = 100
"""Rows that the width of a file without header is taken from: the commonest one counts."""

Row = tuple[bytes, list[bytes]]


def sized(path: Path, file: Iterable[bytes], count: int, width: int, wanted: int) -> Iterator[Row]:
    """The first ``wanted`` of ``count`` rows, behind a header that says so.

    Raises:
      ValueError: names the file, and the row if it has another width; or there are more or fewer.
    """
    return _rows(path, _counted(path, _lines(path, file), count, wanted), width)


def unsized(path: Path, file: Iterable[bytes], limit: int | None) -> tuple[int, Iterator[Row]]:
    """The width, and the rows of a file without header.

    Raises:
      ValueError: as ``sized`` does; for an empty file, or a first row without a number.

    >>> width, rows = unsized(Path("example"), [b"cat 0.5 -1", b"dog 1 2"], limit=None)
    >>> width, list(rows)
    (2, [(b'cat', [b'0.5', b'-1']), (b'dog', [b'1', b'2'])])
    """
    lines = _lines(path, file)
    probe = list(itertools.islice(lines, PROBE))
    if not probe:
        raise ValueError(f"{path}: got an empty file, want vectors")
    width = Counter(map(count_numbers, probe)).most_common(1)[0][0]
    if not width:
        raise ValueError(f"{path}, row 1: got no number after the word, want a vector")
    return width, _rows(path, itertools.islice(itertools.chain(probe, lines), limit), width)


def _lines(path: Path, file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without blanks behind them; blank ones are allowed at the end of the file alone."""
    blank = False
    for row, line in enumerate(file, 1):
        line = line.rstrip(b" \t")
        if blank and line:
            raise ValueError(f"{path}, row {row - 1}: got a blank line, want a word and its vector")
        blank = not line
        if line:
            yield line


def _counted(path: Path, lines: Iterable[bytes], count: int, wanted: int) -> Iterator[bytes]:
    """``wanted`` of the lines, and an error if there are not ``count`` where all are wanted."""
    row = 0
    for row, line in enumerate(lines, 1):
        if row <= wanted:
            yield line
        elif wanted < count:
            return
    if row < wanted or row > count:
        raise ValueError(f"{path}: got {row} rows, want {count}, as its first line says")


def count_numbers(line: bytes) -> int:
    """How many numbers a row ends with; its first field is a word, whatever it looks like.

    >>> count_numbers(b"new york 0.5 -1e3")
    2
    """
    numbers = itertools.takewhile(NUMBER.fullmatch, reversed(line.split(b" ")[1:]))
    return sum(1 for _ in numbers)


def _rows(path: Path, lines: Iterable[bytes], width: int) -> Iterator[Row]:
    for row, line in enumerate(lines, 1):
        word, *numbers = line.rsplit(b" ", width)
        # More numbers than the width would otherwise become part of the word.
        extra = word.rpartition(b" ")
        if len(numbers) < width or (extra[1] and FINITE.fullmatch(extra[2])):
            raise ValueError(
                f"{path}, row {row}: got {count_numbers(line)} numbers, want a word and {width}"
                " numbers, with single blanks between them"
            )
        yield word, numbers
