"""Which kind of file word vectors are in: what its bytes say, whatever its name."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from seqjax.data.formats.vector_text import count_numbers
from seqjax.data.text import GZIP

HEADER = re.compile(rb"(\d+)[ \t]+(\d+)[ \t]*")
"""Words and width, the first line of word2vec's files."""
MAGIC = (793712314).to_bytes(4, "little")
"""What fastText's own binary files begin with."""
SAMPLE, MOST = 1 << 16, 1 << 22
"""Bytes that are looked at; 32 for each number of a row, if these are more, up to MOST."""
UNREADABLE = (gzip.BadGzipFile, EOFError, OSError, zlib.error)
"""What reading a broken file raises."""
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def opened(path: Path) -> io.BufferedReader:
    """The file, unpacked if it is gzip.

    Raises:
      ValueError: if there is none, or a folder; names the path.
    """
    if not path.is_file():
        raise ValueError(f"{path}: got {'a folder' if path.is_dir() else 'no file'}, want vectors")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return io.BufferedReader(gzip.GzipFile(path)) if packed else path.open("rb")


def is_fasttext(path: Path) -> bool:
    """Whether this is a model in fastText's own binary format.

    Raises:
      ValueError: if there is no file, or a folder; names the path.
    """
    with opened(path) as file:
        try:
            return file.peek(len(MAGIC)).startswith(MAGIC)
        except UNREADABLE:
            return False


def is_text(file: BinaryIO, count: int, width: int) -> bool:
    """Whether rows of text follow, behind a header, rather than words and the bytes of float32.

    Those bytes may be any, digits and line ends too, so that no row alone tells. What follows is
    binary if it can be cut into ``count`` rows of a binary file to its end, unless it is as good as
    rows of text. Of a file that is too long to be looked at to its end, this has a meaning only if
    it holds bytes that no text has. Otherwise it is text if its first row is, or if nothing in it
    is not, whatever is wrong with one of its rows.

    >>> is_text(io.BytesIO(b"cat 0.5 -1"), count=1, width=2)
    True
    >>> is_text(io.BytesIO(b"cat " + bytes(8)), count=1, width=2)
    False
    """
    sample, complete = _sample(file, min(max(SAMPLE, 32 * width), MOST))
    clean = _is_clean(sample, complete)
    if (complete or not clean) and _is_binary(sample, count, width, complete):
        return complete and _is_text(sample, count, width)
    return clean or _is_row(sample.partition(b"\n")[0], width)


def _is_row(line: bytes, width: int) -> bool:
    """A word and its numbers."""
    return count_numbers(line.rstrip(b" \t\r")) >= width


def _is_text(sample: bytes, count: int, width: int) -> bool:
    """Whether it is rows of text throughout."""
    lines = [line for line in sample.split(b"\n") if line.strip(b" \t\r")]
    return len(lines) == count and all(_is_row(line, width) for line in lines)


def _sample(file: BinaryIO, size: int) -> tuple[bytes, bool]:
    """(so many bytes at least behind the first blank, whether they are all there are)."""
    start, sample = file.tell(), b""
    while more := file.read(size):
        sample += more
        if 0 <= sample.find(b" ") <= len(sample) - size:
            break
    file.seek(start)
    return sample, not more


def _is_clean(sample: bytes, complete: bool) -> bool:
    """No control characters, and UTF-8, but for a character that the sample ends within."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        if complete or error.start < len(sample) - 3:
            return False
    return not CONTROL.search(sample)


def _is_binary(sample: bytes, count: int, width: int, complete: bool) -> bool:
    """Whether it is rows of a word, a blank and 4 bytes for each of ``width`` numbers."""
    at = 0
    for row in range(count):
        blank = sample.find(b" ", at)
        if blank < 0 or blank + 4 * width >= len(sample):
            return not complete and row > 0
        word = sample[at:blank].lstrip(b"\n")
        if not word or b"\n" in word:
            return False
        at = blank + 1 + 4 * width
    return not sample[at:].strip(b"\n")
