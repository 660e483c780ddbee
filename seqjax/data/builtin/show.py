"""Records of data sets in short, for a person who looks."""

from __future__ import annotations

from typing import Any

import numpy as np

WIDTH, FIRST = 100, 6
"""Most characters of a text, and numbers of an array, that are shown."""


def short(record: Any) -> str:
    """A record: names and values of its parts, each in one line that is not long.

    >>> print(short(np.arange(8)))
    int64[8] 0, 1, 2, 3, 4, 5, ...
    >>> print(short(("a text", [1, 2])))
    a text
    [1, 2]
    """
    if hasattr(record, "_asdict"):
        return "\n".join(f"{field}: {_value(value)}" for field, value in record._asdict().items())
    if isinstance(record, tuple):
        return "\n".join(_value(value) for value in record)
    return _value(record)


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        more = ", ..." if value.size > FIRST else ""
        first = ", ".join(
            f"{number:.4g}" if value.dtype.kind == "f" else f"{number}"
            for number in value.ravel()[:FIRST]
        )
        return f"{value.dtype}{list(value.shape)} {first}{more}"
    text = str(value).replace("\n", " ")
    return text if len(text) <= WIDTH else text[: WIDTH - 4] + " ..."
