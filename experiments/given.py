"""What a person gives a launch to work on: texts as flags, in a file, or on standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from seqjax import data


def text(file: str, flags: Sequence[str] = (), *, what: str = "Texts") -> str:
    """The text of a file (plain or gzip), or without one of standard input; "" if there are flags.

    Raises:
      ValueError: for flags and a file, or a text that is not UTF-8.
    """
    if flags and file:
        raise ValueError("file: got it together with --text, want one of them")
    if flags:
        return ""
    if file:
        return data.read(Path(file))
    if sys.stdin.isatty():
        print(f"{what}, one a line; Ctrl-D ends them:", file=sys.stderr)
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise ValueError(f"standard input: {error}, want UTF-8") from error
