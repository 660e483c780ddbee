"""Options of constructors: names, numbers, switches."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import numpy as np

V = TypeVar("V")


def lookup(kind: str, table: Mapping[str, V], name: str) -> V:
    """``table[name]``, or a ValueError that lists the names and the closest one."""
    if isinstance(name, str) and name in table:
        return table[name]
    close = difflib.get_close_matches(str(name), table, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{kind}: got {name!r}, want one of {', '.join(sorted(table))}{hint}")


def fraction(name: str, value: float) -> float:
    """A rate of noise as a float: at least 0, below 1."""
    if not isinstance(value, int | float | np.number) or not 0 <= value < 1:
        raise ValueError(f"{name}: got {value!r}, want a rate in [0, 1)")
    return float(value)


def positive(name: str, value: int) -> None:
    """A size: an integer of 1 or more."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: got {value!r}, want an integer of 1 or more")


def natural(name: str, value: int) -> None:
    """A number of things: an integer of 0 or more."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: got {value!r}, want an integer of 0 or more")


def number(name: str, value: Any, *, above: float = -math.inf) -> None:
    """A number that is finite and greater than ``above``; one that is traced passes."""
    if isinstance(value, jax.Array) and value.ndim == 0:
        if isinstance(value, jax.core.Tracer):
            return
        value = value.item()
    plain = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not plain or not _is_finite(value) or not value > above:
        more = "" if above == -math.inf else f" above {above:g}"
        raise ValueError(f"{name}: got {value!r}, want a number{more}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def flag(name: str, value: Any) -> bool:
    """True or False, known before tracing."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}: got {value!r}, want True or False")
    return bool(value)


def seed(value: int, name: str = "seed") -> None:
    """What every generator of random numbers takes: an integer in [0, 2^32)."""
    if not isinstance(value, int | np.integer) or not 0 <= value < 2**32:
        raise ValueError(f"{name}: got {value}, want an integer in [0, 2^32)")
