"""Bytes to text: the encoding that is asked for, and which one it may be where it is not that."""

from __future__ import annotations

import codecs
import re

UTF8 = "utf-8"
HELP = "of text files: utf-8, utf-16, windows-1252 or another that Python knows"
"""What a setting ``encoding`` says of itself."""
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte-order marks; those of UTF-32 begin as those of UTF-16 do."""
NO_WINDOWS = re.compile(rb"[\x00-\x08\x0e-\x1f\x81\x8d\x8f\x90\x9d]")
"""Bytes that no text in Windows-1252 has."""
SAMPLE = 1 << 12
"""Bytes that are looked at to find zeros in every second place."""


def check_encoding(name: str) -> None:
    """Checks that Python knows an encoding of text by this name.

    Raises:
      ValueError: if it does not.

    >>> check_encoding("utf-9")
    Traceback (most recent call last):
        ...
    ValueError: encoding: got 'utf-9', want one that Python knows, such as utf-8 or windows-1252
    """
    try:
        # Of codecs that make no text of bytes, such as rot13 and zlib, this raises LookupError.
        b"?".decode(name)
    except UnicodeError:
        return  # half a character of an encoding that there is
    except (LookupError, ValueError):
        raise ValueError(
            f"encoding: got {name!r}, want one that Python knows, such as utf-8 or windows-1252"
        ) from None


def decoded(data: bytes, where: str, encoding: str = UTF8) -> str:
    r"""The text of bytes: no byte-order mark at its start, and \n for each \r\n and \r.

    Raises:
      ValueError: for an unknown encoding, or bytes that are not in it: says ``where``, the offset,
        the line, and what they may be in.

    >>> decoded(b"caf" + bytes([0xE9, 13, 10]), "example", "windows-1252")
    'café\n'
    """
    check_start(data, where, encoding)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{where}: got byte 0x{data[error.start]:02x} at offset {error.start}, in line"
            f" {_line(data[: error.start], encoding)}, which is not {encoding.upper()}"
            f"{advice(data, encoding)}"
        ) from None
    except UnicodeError as error:
        raise ValueError(f"{where}: got bytes that are not {encoding.upper()}: {error}") from None
    return unmarked(text)


def check_start(data: bytes, where: str, encoding: str) -> None:
    """Checks an encoding, and that bytes which are to be UTF-8 are not UTF-16 to all appearance.

    Raises:
      ValueError: for an unknown encoding; or says ``where``, and what the bytes may be in.
    """
    check_encoding(encoding)
    if codecs.lookup(encoding).name == UTF8 and _zeros_between(data):
        raise ValueError(f"{where}: got zeros as every second byte{advice(data, encoding)}")


def unmarked(text: str) -> str:
    r"""The text without a byte-order mark at its start, with \n for each \r\n and \r.

    >>> unmarked(chr(0xFEFF) + "one" + chr(13) + "two" + chr(13) + chr(10))
    'one\ntwo\n'
    """
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _line(before: bytes, encoding: str) -> int:
    return 1 + unmarked(before.decode(encoding, "ignore")).count("\n")


def advice(data: bytes, encoding: str) -> str:
    """What bytes that are not in an encoding look like, and what to do; the end of a message."""
    name = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
    name = name or _zeros_between(data)
    if not name and codecs.lookup(encoding).name == UTF8 and not NO_WINDOWS.search(data):
        name = "Windows-1252"
    if not name:
        return "; convert the file first"
    return f"; it looks like {name}: say so where there is an encoding to set, or convert the file"


def _zeros_between(data: bytes) -> str:
    """The kind of UTF-16 without a mark, if more than half of either second byte is zero."""
    sample = data[: min(len(data), SAMPLE) // 2 * 2]
    for start, name in ((1, "UTF-16-LE"), (0, "UTF-16-BE")):
        if sample[start::2].count(0) > len(sample) // 4 and not sample[1 - start :: 2].count(0):
            return name
    return ""
