"""Column files, as of the CoNLL shared tasks: a word and its tags on each line.

    EU      NNP  B-NP  B-ORG
    rejects VBZ  B-VP  O

A blank line ends the sentence.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from seqjax.data.encodings import UTF8
from seqjax.data.text import lines, read

DOCUMENT = "-DOCSTART-"
"""First word of a line that begins a document, and is no word of it."""


class Tagged(NamedTuple):
    """A sentence.

    >>> Tagged(("EU", "rejects"), ("B-ORG", "O")).tags
    ('B-ORG', 'O')
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    """one for each word"""


def conll(
    path: str | Path,
    *,
    words: int = 1,
    tags: int = -1,
    comments: str = "",
    encoding: str = UTF8,
) -> list[Tagged]:
    """The sentences of a column file, plain or gzip.

    A line with a tab in it is cut at tabs, any other at white space. Lines of white space alone, of
    any kind, end a sentence; so do -DOCSTART- lines, which are left out.

    Args:
      words: number of the column of words, from 1; -1 is the last, -2 the one before it.
      tags: number of the column of tags.
      comments: lines that begin so are left out; "" for none, since # may be a word.
      encoding: of the file.

    Raises:
      ValueError: names file and line, what it has and what was expected: another number of columns
        than the first line, an empty column; a file without words; a column there is none of.
    """
    return columns(read(path, encoding), str(path), words=words, tags=tags, comments=comments)


def columns(
    text: str, where: str, *, words: int = 1, tags: int = -1, comments: str = ""
) -> list[Tagged]:
    """As ``conll``, of a text that is there already; ``where`` is what errors call it.

    Raises:
      ValueError: as ``conll`` does.

    >>> text = "EU NNP B-ORG" + chr(10) + "rejects VBZ O"
    >>> columns(text, "example", tags=2)
    [Tagged(words=('EU', 'rejects'), tags=('NNP', 'VBZ'))]
    """
    for name, value in (("words", words), ("tags", tags)):
        if value == 0:
            raise ValueError(f"{name}: got column 0, want 1 for the first or -1 for the last")
    sentences: list[list[tuple[str, str]]] = [[]]
    first = width = 0
    for number, line in enumerate(lines(text), 1):
        cells = line.split("\t") if "\t" in line else line.split()
        if comments and line.startswith(comments):
            continue
        if not line.strip() or cells[0] == DOCUMENT:
            sentences.append([])
            continue
        if not width:
            first, width = number, len(cells)
            for name, value in (("words", words), ("tags", tags)):
                _check_column(where, number, name, value, width)
        if len(cells) != width:
            raise ValueError(
                f"{where}, line {number}: got {len(cells)} columns, want {width}, as in line"
                f" {first}{_comment_hint(line, comments)}"
            )
        pair = cells[_column_index(words)].strip(), cells[_column_index(tags)].strip()
        if not all(pair):
            raise ValueError(f"{where}, line {number}: got an empty column, want a word and a tag")
        sentences[-1].append(pair)
    if not width:
        raise ValueError(f"{where}: got no words, want a word and its tags on each line")
    return [Tagged(*zip(*pairs, strict=True)) for pairs in sentences if pairs]


def _column_index(column: int) -> int:
    """The index of a column."""
    return column - 1 if column > 0 else column


def _check_column(where: str, number: int, name: str, column: int, columns: int) -> None:
    if not -columns <= column <= columns:
        raise ValueError(
            f"{where}, line {number}: got {columns} columns, but {name} are wanted from column"
            f" {column}"
        )


def _comment_hint(line: str, comments: str) -> str:
    odd = line.startswith("#") and not comments
    return "; if it is a comment, say how comments begin" if odd else ""
