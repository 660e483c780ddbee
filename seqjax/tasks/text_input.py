"""Texts that a person gives on a command line, in files, or on standard input: one a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqjax.data import lines, read
from seqjax.data.encodings import UTF8
from seqjax.tasks.settings import Record


def encoding_of(record: Record) -> str:
    """The encoding of the files that a run was trained on, which further ones are read in too.

    >>> encoding_of({"config": {"encoding": "windows-1252"}}), encoding_of({"config": {}})
    ('windows-1252', 'utf-8')
    """
    return str(record["config"].get("encoding", UTF8))


def lines_of(
    texts: Sequence[str], files: Sequence[str], *, keep_empty: bool = False, encoding: str = UTF8
) -> list[str]:
    """The texts, or the lines of files, plain or gzip: one input each, in order.

    Args:
      keep_empty: lines with nothing in them are inputs too; otherwise they are a mistake.
      encoding: of the files.

    Raises:
      ValueError: for both, neither, a file that cannot be read, or a line with nothing in it, whose
        number it names.
    """
    if texts and files:
        raise ValueError("file: got it together with --text, want one of them")
    rows = list(texts)
    for file in files:
        rows += lines(read(Path(file), encoding))
    if not rows:
        raise ValueError("text: got no texts, want --text, --file or lines on standard input")
    # A line out for each line in: leaving one out would shift all that follow.
    for number, row in enumerate(rows, 1):
        if not (row.strip() or keep_empty):
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
