"""Text on terminals and in pipes whose encoding has not all of its characters."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

ESCAPED = "backslashreplace"


def escape(stream: TextIO | None) -> str | None:
    r"""Lets a stream write what its encoding has not as ``\u2192``; returns how it did before.

    Without it ``PYTHONIOENCODING=cp1252``, Windows and the locale C end a program with a
    UnicodeEncodeError where it prints. What escapes already, and streams of other kinds, such as
    those of a notebook, stay as they are: None.
    """
    if not isinstance(stream, io.TextIOWrapper) or stream.errors == ESCAPED:
        return None
    before = stream.errors
    stream.reconfigure(errors=ESCAPED)
    return before


@contextlib.contextmanager
def escaping() -> Iterator[None]:
    """``escape`` for standard output and standard error, until the block ends."""
    before = [(stream, escape(stream)) for stream in (sys.stdout, sys.stderr)]
    try:
        yield
    finally:
        for stream, errors in before:
            if errors is not None and isinstance(stream, io.TextIOWrapper) and not stream.closed:
                stream.reconfigure(errors=errors)
