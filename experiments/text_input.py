"""What a person types: lines of standard input."""

from __future__ import annotations

import sys

from seqjax.data import lines


def standard_input(what: str = "Texts") -> list[str]:
    """The lines of standard input; a person at a terminal is told what is wanted.

    Raises:
      ValueError: for what is not UTF-8.
    """
    if sys.stdin.isatty():
        print(f"{what}, one a line; Ctrl-D ends them:", file=sys.stderr)
    try:
        # As bytes where they are there: some locales let anything pass as text.
        raw = getattr(sys.stdin, "buffer", None)
        text = sys.stdin.read() if raw is None else raw.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"standard input: {error}, want UTF-8") from error
    return lines(text.removeprefix("\ufeff"))
