"""Which kind of file word vectors are in: what its bytes say, whatever its name."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from seqjax.data.formats.vector_lines import BOM, CHUNK, LONGEST
from seqjax.data.formats.vector_text import count_numbers
from seqjax.data.unpack import GZIP

HEADER = re.compile(rb"(?:\xef\xbb\xbf)?(\d{1,18})[ \t]+(\d{1,18})[ \t]*(?:\r\n|\r|\n|\Z)")
"""Words and width, the first line of word2vec's files."""
RECORD = "run.json"
"""What the folder of a run holds."""
HEAD = 64
"""Bytes that a header is looked for in."""
MAGIC = (793712314).to_bytes(4, "little")
"""What fastText's own binary files begin with."""
SAMPLE, MOST = 1 << 16, 1 << 22
"""Bytes that are looked at; 32 for each number of a row, if these are more, up to MOST."""
UNREADABLE = (gzip.BadGzipFile, EOFError, OSError, zlib.error)
"""What reading a broken file raises."""
LINE_END = re.compile(rb"\r\n|\r|\n")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def opened(path: Path) -> io.BufferedReader:
    """The file, unpacked if it is gzip.

    Raises:
      ValueError: if there is none, or a folder; names the path.
    """
    if (path / RECORD).is_file():
        raise ValueError(
            f"{path}: got the folder of a run, want a file of vectors, such as"
            f" {path / 'vectors.bin'}"
        )
    if not path.is_file():
        raise ValueError(f"{path}: got {'a folder' if path.is_dir() else 'no file'}, want vectors")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    return io.BufferedReader(gzip.GzipFile(path)) if packed else path.open("rb")


def read_header(file: BinaryIO) -> tuple[int, int] | None:
    r"""(words, width) of a file of word2vec, which then stands behind its first line.

    None for a file that begins otherwise, which stands behind its byte-order mark, if it has one.

    >>> read_header(io.BytesIO(b"2 3\ncat 0.5 -1 2")), read_header(io.BytesIO(b"cat 0.5 -1 2"))
    ((2, 3), None)
    """
    start = file.tell()
    head = file.read(HEAD)
    size = HEADER.match(head)
    if size is not None and (size.end() < HEAD or head.endswith((b"\r", b"\n"))):
        file.seek(start + size.end())
        return int(size[1]), int(size[2])
    file.seek(start + (len(BOM) if head.startswith(BOM) else 0))
    return None


def begins_like_fasttext(file: BinaryIO) -> bool:
    """Whether a model in fastText's own binary format begins where the file stands, and stays."""
    start = file.tell()
    head = file.read(len(MAGIC))
    file.seek(start)
    return head == MAGIC


def is_fasttext(path: Path) -> bool:
    """Whether this is a model in fastText's own binary format.

    Raises:
      ValueError: if there is no file, or a folder; names the path.
    """
    with opened(path) as file:
        try:
            return begins_like_fasttext(file)
        except UNREADABLE:
            return False


def is_text(file: BinaryIO, count: int, width: int) -> bool:
    """Whether rows of text follow, behind a header, rather than words and the bytes of float32.

    Those bytes may be any, digits and line ends too, so that no row alone tells. What follows is
    binary if it can be cut into ``count`` rows of a binary file to its end, or as far as is looked
    at, unless it is as good as rows of text. Otherwise it is text if its first row is, or if
    nothing in it is not, whatever is wrong with one of its rows.

    >>> is_text(io.BytesIO(b"cat 0.5 -1"), count=1, width=2)
    True
    >>> is_text(io.BytesIO(b"cat " + bytes(8)), count=1, width=2)
    False
    """
    sample, complete = _sample(file, sample_size(width))
    if _is_binary(sample, count, width, complete):
        return _is_text(sample, count, width, complete)
    return _is_clean(sample, complete) or _is_row(LINE_END.split(sample, maxsplit=1)[0], width)


def sample_size(width: int) -> int:
    """Bytes behind the first blank that ``is_text`` looks at; it reads CHUNK more at most."""
    return min(max(SAMPLE, 32 * width), MOST)


def _is_row(line: bytes, width: int) -> bool:
    """A word and its numbers."""
    return count_numbers(line.rstrip(b" \t")) >= width


def _is_text(sample: bytes, count: int, width: int, complete: bool) -> bool:
    """Whether it is rows of text throughout; the last one may be cut where it is not complete."""
    lines = LINE_END.split(sample)
    if not complete:
        lines.pop()
    lines = [line for line in lines if line.strip(b" \t")]
    if complete and len(lines) != count:
        return False
    return bool(lines) and all(_is_row(line, width) for line in lines)


def _sample(file: BinaryIO, size: int) -> tuple[bytes, bool]:
    """(so many bytes at least behind the first blank, whether they are all there are)."""
    start, sample = file.tell(), bytearray()
    while more := file.read(CHUNK):
        sample += more
        if 0 <= sample.find(b" ") <= len(sample) - size or len(sample) > LONGEST:
            break
    file.seek(start)
    return bytes(sample), not more


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
