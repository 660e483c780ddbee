"""CoNLL-U files, the format of Universal Dependencies: ten columns between tabs.

    # text = don't
    1-2  don't  _   _     ...     a token of two words
    1    do     do  AUX   ...
    2    n't    not PART  ...
    2.1  _      _   _     ...     an empty node: no word of the sentence

A blank line ends the sentence.
"""

from __future__ import annotations

import re
from pathlib import Path

from seqjax.data.encodings import UTF8
from seqjax.data.formats.conll import Tagged
from seqjax.data.text import lines, read

COLUMNS = (
    "ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC",
)  # fmt: skip
NO_WORD = re.compile(r"\d+-\d+|\d+\.\d+")
"""The ID of a token of several words, or of an empty node."""


def conllu(
    path: str | Path, *, words: str = "FORM", tags: str = "UPOS", encoding: str = UTF8
) -> list[Tagged]:
    """The sentences of a CoNLL-U file, plain or gzip: its words with one column as their tags.

    Words are those that syntax counts: of a multiword token its parts, and no empty nodes. White
    space within a word, as in 10 000, becomes one blank.

    Raises:
      ValueError: names file and line, what it has and what was expected: other than ten columns, an
        ID that is not the next one, an empty column; a file without words; an unknown column.
    """
    for name, value in (("words", words), ("tags", tags)):
        if value not in COLUMNS:
            raise ValueError(f"{name}: got column {value!r}, want one of {', '.join(COLUMNS)}")
    word_column, tag_column = COLUMNS.index(words), COLUMNS.index(tags)
    sentences: list[list[tuple[str, str]]] = [[]]
    for number, line in enumerate(lines(read(path, encoding)), 1):
        if not line.strip():
            sentences.append([])
        elif not line.startswith("#"):
            cells = _cells(f"{path}, line {number}", line, len(sentences[-1]) + 1)
            if cells:
                sentences[-1].append((cells[word_column], cells[tag_column]))
    if not any(sentences):
        raise ValueError(f"{path}: got no words, want lines of {len(COLUMNS)} columns")
    return [Tagged(*zip(*pairs, strict=True)) for pairs in sentences if pairs]


def _cells(where: str, line: str, expected: int) -> list[str]:
    """The columns of a word, nothing for what is none; ``expected`` is the next ID."""
    cells = [" ".join(cell.split()) for cell in line.split("\t")]
    if len(cells) != len(COLUMNS):
        raise ValueError(
            f"{where}: got {len(cells)} columns between tabs, want {len(COLUMNS)}: "
            + " ".join(COLUMNS)
        )
    if NO_WORD.fullmatch(cells[0]):
        return []
    if cells[0] != str(expected):
        raise ValueError(f"{where}: got ID {cells[0]!r}, want {expected}, the next word")
    if not all(cells):
        raise ValueError(
            f"{where}: got an empty column {COLUMNS[cells.index('')]}, want _ for nothing"
        )
    return cells
