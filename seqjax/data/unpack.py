"""Gzip in memory, of files that may be broken, or made to fill it."""

from __future__ import annotations

import gzip
import io
import zlib

GZIP = b"\x1f\x8b"
"""What every gzip file begins with, and no text does."""
MULTIPLE = 200
"""How much longer unpacked text may be than the file: text packs to a tenth, lists to a fiftieth
..."""
ALLOWANCE = 1 << 26
"""... where it is longer than this at all."""
BLOCK = 1 << 18
"""Bytes that are unpacked at once."""


def unpacked(data: bytes, where: str) -> bytes:
    """The bytes of a gzip file, of all its members.

    Raises:
      ValueError: says where: broken, cut off, or more than MULTIPLE times as long as the file.

    >>> unpacked(gzip.compress(b"one") + gzip.compress(b"two"), "example")
    b'onetwo'
    """
    most = max(ALLOWANCE, MULTIPLE * len(data))
    blocks, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while block := file.read(BLOCK):
                size += len(block)
                if size > most:
                    raise ValueError(
                        f"{where}: got gzip of {len(data):,} bytes that holds over {most:,}, want"
                        " text, which packs to a tenth; unpack it first if it is meant"
                    )
                blocks.append(block)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{where}: got broken gzip ({error})") from None
    return b"".join(blocks)
