"""Texts with labels, from tables, from lines that begin with a label, from one file a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqjax.data.encodings import UTF8
from seqjax.data.formats.table import LAYOUTS, table
from seqjax.data.text import numbered_lines, read

FIRST, FILES = "label_first", "classes"
NOTES = {"readme", "license", "licence"}
"""What a file in a folder of classes may be called, before its suffix, without being one."""


class Passage(NamedTuple):
    """A text and its labels."""

    text: str
    labels: tuple[str, ...]
    """one, or any number where an example may have several"""
    where: str
    """where it came from, for messages: file and line"""


class Columns(NamedTuple):
    """What is read from a table, and how a label is written."""

    text: str = "text"
    label: str = "label"
    header: bool = True
    several: str = ""
    """what stands between the labels of one example; "": there is one"""
    upto: str = ""
    """a label ends before this mark: ":" makes DESC of DESC:manner"""


COLUMNS = Columns()


def layout_of(path: str | Path) -> str:
    """The layout that the name of a file tells: tsv, csv or jsonl.

    Raises:
      ValueError: if it tells none.

    >>> layout_of("reviews.train.TSV.gz")
    'tsv'
    """
    suffixes = [part.lower() for part in Path(path).name.split(".")[1:] if part.lower() != "gz"]
    if suffixes and suffixes[-1] in LAYOUTS:
        return suffixes[-1]
    raise ValueError(
        f"layout: {path} does not tell it; want one of {', '.join((*LAYOUTS, FIRST, FILES))}"
    )


def passages(
    path: str | Path, columns: Columns = COLUMNS, *, layout: str = "", encoding: str = UTF8
) -> list[Passage]:
    """The labelled texts of a file; of a folder if the layout is "classes".

    Layouts: those of ``table``; "label_first", a label and a text a line with white space between
    them; "classes", a folder with a file for each class and a text a line in it. "" is that of
    the file's name.

    Raises:
      ValueError: names file and line: malformed, an empty text, an example without a label.
    """
    layout = layout or layout_of(path)
    if layout == FILES:
        return list(_classes(Path(path), encoding))
    if layout == FIRST:
        rows = _label_first(path, encoding)
    else:
        table_rows = table(
            path,
            (columns.text, columns.label),
            layout=layout,
            header=columns.header,
            encoding=encoding,
            settings=("text_column", "label_column"),
        )
        rows = [(row.line, *row.cells) for row in table_rows]
    return [_passage(f"{path}, line {line}", text, label, columns) for line, text, label in rows]


def _label_first(path: str | Path, encoding: str) -> list[tuple[int, str, str]]:
    rows = []
    for number, line in numbered_lines(read(path, encoding)):
        label, *text = line.split(maxsplit=1)
        rows.append((number, text[0] if text else "", label))
    return rows


def _passage(where: str, text: Any, label: Any, columns: Columns) -> Passage:
    if not isinstance(text, str) or not text:
        raise ValueError(f"{where}: got {text or 'no text'!r}, want a text beside its label")
    if isinstance(label, str):
        labels = label.split(columns.several) if columns.several else [label]
    elif columns.several:
        labels = label
    else:
        raise ValueError(f"{where}: got the labels {label}, want one label")
    if columns.upto:
        labels = [each.split(columns.upto)[0] for each in labels]
    labels = [each.strip() for each in labels]
    kept = tuple(dict.fromkeys(each for each in labels if each))
    if not kept and not columns.several:
        raise ValueError(f"{where}: got no label, want one beside the text")
    return Passage(text, kept, where)


def _classes(folder: Path, encoding: str) -> Iterator[Passage]:
    """The class is what tells the names of the files apart: their suffix, else their stem."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: got no folder, want one with a file for each class")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and _is_class(path)]
    if len(files) < 2:
        raise ValueError(f"{folder}: got {len(files)} files, want two or more, one for each class")
    for path, name in zip(files, _names(files), strict=True):
        for number, line in numbered_lines(read(path, encoding)):
            yield Passage(line, (name,), f"{path}, line {number}")


def _is_class(path: Path) -> bool:
    return not path.name.startswith(".") and path.name.split(".")[0].lower() not in NOTES


def _names(files: Sequence[Path]) -> list[str]:
    bare = [path.name.removesuffix(".gz") for path in files]
    stems = [name.rpartition(".")[0] or name for name in bare]
    suffixes = [name.rpartition(".")[2] for name in bare]
    return suffixes if len(set(stems)) == 1 and len(set(suffixes)) == len(files) else stems
