"""What a person types: lines of standard input."""

from __future__ import annotations

import sys

from seqjax.data import lines
from seqjax.data.encodings import decoded


def standard_input(what: str = "Texts") -> list[str]:
    """The lines of standard input; a person at a terminal is told what is wanted.

    Raises:
      ValueError: for what is not UTF-8.
    """
    if sys.stdin.isatty():
        print(f"{what}, one a line; Ctrl-D ends them:", file=sys.stderr)
    # As bytes where they are there: some locales let anything pass as text.
    raw = getattr(sys.stdin, "buffer", None)
    text = sys.stdin.read().encode() if raw is None else raw.read()
    return lines(decoded(text, "standard input"))
