"""Tokens of text files of any size, a piece of some million characters at a time."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqjax.data.encodings import SAMPLE, UTF8, advice, check_start, unmarked
from seqjax.data.unpack import GZIP

BLOCK = 1 << 22
"""Characters that are read at once."""
NEWLINE = "\n"
LETTERS = re.compile(r"[^\W\d_]+|\n")
MARKED = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|\d+|\n")

SPLITS: dict[str, Callable[[str], list[str]]] = {
    # Runs of letters in lower case; all else is left out.
    "letters": lambda text: LETTERS.findall(text.lower()),
    # Words with their apostrophes, numbers and marks, as they are written.
    "words": MARKED.findall,
    # What white space parts, for corpora that were tokenised before.
    "pretokenised": lambda text: re.findall(r"[^\s]+|\n", text),
}


def pieces(
    paths: Sequence[str | Path], split: Callable[[str], list[str]], encoding: str = UTF8
) -> Iterator[list[str]]:
    """Tokens of files, some million characters at a time, a newline between files.

    Args:
      split: text -> tokens, such as one of ``SPLITS``.
      encoding: of the files.

    Raises:
      ValueError: for no paths; names the file: missing, a folder, empty, broken gzip, or not in
        that encoding; for an unknown encoding.
    """
    if not paths:
        raise ValueError("paths: got none, want one file or more")
    for path in map(Path, paths):
        empty = True
        for text in _texts(path, encoding):
            empty = False
            yield split(text)
        if empty:
            raise ValueError(f"{path}: got an empty file, want text")
        yield [NEWLINE]


def _texts(path: Path, encoding: str) -> Iterator[str]:
    """A file's text, cut at white space only."""
    if not path.is_file():
        raise ValueError(f"{path}: got {'a folder' if path.is_dir() else 'no file'}, want text")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    open_file: Any = gzip.open if packed else open
    rest, sample = "", b""
    try:
        with open_file(path, "rb") as file:
            sample = file.read(SAMPLE)
        check_start(sample, str(path), encoding)
        # Opened as text, a file has line ends of one kind, as ``decoded`` makes them.
        with open_file(path, "rt", encoding=encoding) as file:
            text = unmarked(file.read(BLOCK))
            while text:
                text = rest + text
                end = 1 + max(text.rfind(" "), text.rfind("\n"))
                rest = text[end:]
                if end:
                    yield text[:end]
                text = file.read(BLOCK)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: got byte 0x{error.object[error.start]:02x}, which is not {encoding.upper()}"
            f"{advice(sample, encoding)}"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: got broken gzip ({error})") from error
    if rest:
        yield rest
