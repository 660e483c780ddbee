"""Lines of files of vectors as bytes, which may be larger than memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 16
LONGEST = 1 << 26
"""Bytes of a line at most: a word and two million numbers."""
BOM = b"\xef\xbb\xbf"
"""The byte-order mark, which is no part of the first line."""


def lines_of(path: Path, file: io.BufferedIOBase) -> Iterator[bytes]:
    r"""The lines from where the file stands, without their ends: \n, \r\n or \r, nothing else.

    Words hold odd characters that str.splitlines and str.split act on.

    Raises:
      ValueError: for a line that is too long; names the file.

    >>> list(lines_of(Path("example"), io.BytesIO(b"a 1\r\nb 2\rc 3\n")))
    [b'a 1', b'b 2', b'c 3']
    """
    rest = b""
    while chunk := file.read(CHUNK):
        while chunk.endswith(b"\r") and (more := file.read(1)):  # perhaps half of a line end
            chunk += more
        text = rest + chunk
        if b"\r" in chunk:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        yield from lines
        if len(rest) > LONGEST:
            raise ValueError(f"{path}: got a line of more than {LONGEST >> 20} MiB, want vectors")
    if rest:
        yield rest
