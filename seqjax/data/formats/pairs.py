"""Pairs of texts, a sentence and its translation: from aligned files and from tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqjax.data.encodings import UTF8
from seqjax.data.text import NAMES, lines, read


class Pair(NamedTuple):
    """One text twice."""

    source: str
    target: str


def aligned(source: str | Path, target: str | Path, encoding: str = UTF8) -> list[Pair]:
    """Line n of one file with line n of the other, plain or gzip.

    Raises:
      ValueError: what ``read`` raises; different numbers of lines (both are named); a line that is
        empty on one side (file and line).
    """
    first, second = (lines(read(path, encoding)) for path in (source, target))
    if len(first) != len(second):
        raise ValueError(
            f"{source} has {len(first)} lines and {target} has {len(second)}, want equally many:"
            " line n of one translates line n of the other"
        )
    for path, rows in ((source, first), (target, second)):
        for number, line in enumerate(rows, 1):
            if not line.strip():
                raise ValueError(f"{path}, line {number}: got an empty line, want a text")
    return [Pair(a.strip(), b.strip()) for a, b in zip(first, second, strict=True)]


def tabbed(path: str | Path, source: int = 1, target: int = 2, encoding: str = UTF8) -> list[Pair]:
    """Two columns of a file with tabs between its columns: ``English<TAB>French[<TAB>...]``.

    Columns count from 1; there are no quotes and no header.

    Raises:
      ValueError: what ``read`` raises; columns below 1 or the same twice; a line with too few
        columns or an empty one (file and line).
    """
    if min(source, target) < 1 or source == target:
        raise ValueError(
            f"source, target: got columns {source} and {target}, want two different ones from 1 on"
        )
    pairs = []
    for number, line in enumerate(lines(read(path, encoding)), 1):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) < max(source, target):
            raise ValueError(
                f"{path}, line {number}: got {len(columns)} columns, want {max(source, target)} or"
                " more, with tabs between them"
            )
        pair = Pair(columns[source - 1], columns[target - 1])
        if not all(pair):
            empty = source if not pair.source else target
            raise ValueError(f"{path}, line {number}: got nothing in column {empty}, want a text")
        pairs.append(pair)
    return pairs


def folder(
    path: str | Path, source: str, target: str, *, test: str = ""
) -> dict[str, tuple[Path, Path]]:
    """The two files of each part in a folder: ``train.de`` and ``train.en``, or with .gz behind.

    A part is known by a word of the name, as ``splits`` has them; train and valid must be there.

    Args:
      source: what the names of one side end in, such as "de".
      target: what those of the other side end in.
      test: the name of the test part without its end, where there are several.

    Raises:
      ValueError: a part with one side alone, without files, or with several.
    """
    files: dict[str, list[tuple[Path, Path]]] = {part: [] for part in NAMES}
    for name, first in _files_by_stem(path, source).items():
        words = set(re.split(r"[\W_]+", name.lower()))
        part = next((part for part, names in NAMES.items() if names & words), None)
        if part is None or (part == "test" and test and name != test):
            continue
        second = _files_by_stem(path, target).get(name)
        if second is None:
            raise ValueError(f"{first}: has no partner {name}.{target} beside it")
        files[part].append((first, second))
    for part, pairs in files.items():
        _check_one(Path(path), part, [first.name for first, _ in pairs], f"NAME.{source}", test)
    return {part: pairs[0] for part, pairs in files.items() if pairs}


def _files_by_stem(path: str | Path, end: str) -> dict[str, Path]:
    """The files of a folder whose names end so, by what stands before the end."""
    files = sorted(p for p in Path(path).iterdir() if p.is_file())
    matches = [(re.fullmatch(rf"(.+)\.{re.escape(end)}(\.gz)?", p.name), p) for p in files]
    return {match[1]: p for match, p in matches if match}


def _check_one(folder: Path, part: str, names: Sequence[str], want: str, test: str) -> None:
    if len(names) > 1:
        hint = "; choose one with --test_name" if part == "test" else ""
        raise ValueError(f"{folder}: got {', '.join(names)} for {part}, want one file{hint}")
    if not names and (part != "test" or test):
        named = f" called {test!r}" if part == "test" else ""
        raise ValueError(f"{folder}: got no file for {part}{named}, want {want}, with {part} in it")
