"""Texts that a person gives on a command line, in files, or on standard input: one a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqjax.data import lines, read


def lines_of(texts: Sequence[str], files: Sequence[str], *, skip_empty: bool = False) -> list[str]:
    """The texts, or the lines of files (UTF-8, plain or gzip): one input each, in order.

    Args:
      skip_empty: lines with nothing in them are left out; otherwise they are a mistake.

    Raises:
      ValueError: for both, neither, a file that cannot be read, or a line with nothing in it, whose
        number it names.
    """
    if texts and files:
        raise ValueError("file: got it together with --text, want one of them")
    rows = list(texts)
    for file in files:
        rows += lines(read(Path(file)))
    if skip_empty:
        rows = [row for row in rows if row.strip()]
    if not rows:
        raise ValueError("text: got no texts, want --text, --file or lines on standard input")
    # A line out for each line in: leaving one out would shift all that follow.
    for number, row in enumerate(rows, 1):
        if not row.strip():
            raise ValueError(f"text: got an empty line as number {number}, want a text")
    return rows


def no_texts(texts: Sequence[str], files: Sequence[str]) -> Sequence[str]:
    """The files of a task that predicts from files alone.

    Raises:
      ValueError: for texts, or no files.
    """
    if texts:
        raise ValueError(f"text: got {texts[0]!r}, but this run predicts from files: want --file")
    if not files:
        raise ValueError("file: got none, want --file=PATH, once or more")
    return files
