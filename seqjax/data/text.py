"""Plain text from files, and its parts for training, validation and test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seqjax.data.encodings import UTF8, decoded
from seqjax.data.unpack import GZIP, unpacked

NAMES = {"train": {"train"}, "valid": {"valid", "validation", "dev", "val"}, "test": {"test"}}


class Splits(NamedTuple):
    """A text in three parts; a part that is not wanted is empty."""

    train: str
    valid: str
    test: str


def read(path: str | Path, encoding: str = UTF8) -> str:
    r"""The text of a file, plain or gzip, without a byte-order mark; \n ends its lines.

    All readers of text go by it, and so take \r\n and \r for line ends too, and nothing else.

    Raises:
      ValueError: names the path: missing, a folder, unreadable, empty, broken gzip, or not in that
        encoding, which it says what to do about; an unknown encoding.
    """
    text = decoded(_bytes(Path(path)), str(path), encoding)
    if not text:
        raise ValueError(f"{path}: got an empty file, want text")
    return text


def _bytes(path: Path) -> bytes:
    if not path.exists():
        raise ValueError(f"{path}: got a path without a file, want a text file")
    if path.is_dir():
        raise ValueError(f"{path}: got a folder, want a text file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: got a file that cannot be read ({error.strerror})") from error
    return unpacked(data, str(path)) if data.startswith(GZIP) else data


def lines(text: str) -> list[str]:
    r"""Its lines, which end in \n, \r\n or \r and in nothing else: U+2028, say, is inside a line.

    A line end at the end of the text begins no further line.

    >>> lines("one" + chr(10) + "two" + chr(13))
    ['one', 'two']
    """
    rows = re.split(r"\r\n|\r|\n", text)
    return rows if rows[-1] else rows[:-1]


def one_line(text: str) -> str:
    """The text with blanks for line ends, for models to which a text is a line.

    >>> one_line("one" + chr(13) + chr(10) + "two")
    'one two'
    """
    return " ".join(lines(text))


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Number, from 1, and content of each line that is not blank, without white space around it.

    >>> list(numbered_lines("one" + chr(10) * 2 + "  two  "))
    [(1, 'one'), (3, 'two')]
    """
    for number, line in enumerate(lines(text), 1):
        if line := line.strip():
            yield number, line


def splits(
    path: str | Path, *, valid: float = 0.05, test: float = 0.05, encoding: str = UTF8
) -> Splits:
    """The parts of a text: cut from one file, or the files of a folder.

    One file of n characters: the test part is text[int(n (1 - test)):], the validation part lies
    right before it and begins at int(n (1 - test - valid)), the rest is for training. Both
    fractions may be 0. A folder holds one file for each part, found by a word of its name, as in
    wiki.train.tokens.gz, ptb.valid.txt, en-dev.txt, test.txt; the fractions do not apply to it.

    Raises:
      ValueError: what ``read`` raises; fractions that leave nothing to train on; a folder with no
        file or several files for a part.
    """
    if Path(path).is_dir():
        files = {part: _file_of_part(Path(path), part) for part in NAMES}
        return Splits(**{part: read(file, encoding) for part, file in files.items()})
    return cut(read(path, encoding), valid=valid, test=test)


def cut(text: str, *, valid: float = 0.05, test: float = 0.05) -> Splits:
    """The parts of one text, as ``splits`` cuts a file.

    Raises:
      ValueError: fractions that leave nothing to train on.

    >>> cut("abcdefghij", valid=0.2, test=0.1)
    Splits(train='abcdefg', valid='hi', test='j')
    """
    if not (valid >= 0 and test >= 0 and valid + test < 1):
        raise ValueError(
            f"valid, test: got {valid} and {test}, want fractions of 0 or more, below 1 together"
        )
    first, second = int(len(text) * (1 - test - valid)), int(len(text) * (1 - test))
    return Splits(text[:first], text[first:second], text[second:])


def _file_of_part(folder: Path, part: str) -> Path:
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    matches = [p for p in files if NAMES[part] & set(re.split(r"[\W_]+", p.name.lower()))]
    if len(matches) != 1:
        raise ValueError(
            f"{folder}: got {len(matches) or 'no'} files for {part}, want one with"
            f" {' or '.join(sorted(NAMES[part]))} in its name; there are:"
            f" {', '.join(p.name for p in files) or 'no files'}"
        )
    return matches[0]
