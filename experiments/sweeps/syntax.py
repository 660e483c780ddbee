"""How a search is written: "cell=lstm,gru; rate=log:1e-4..1e-1".

search    = setting; setting; ...
setting   = NAME=values, or NAME=range where it is drawn
values    = VALUE,VALUE,...      VALUE|VALUE|...  of values that hold commas: hidden=1,2|3,4
range     = LOW..HIGH            evenly, both ends belong to it; whole numbers of an integer flag
            log:LOW..HIGH        evenly in the logarithm
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from experiments.sweeps.launches import Launch
from experiments.sweeps.spaces import Choice, Range, Space

RANGE = re.compile(r"(log:)?\s*([^:]*?)\s*\.\.\s*(.*)")


def settings(flag: str, text: str) -> list[tuple[str, str]]:
    """(name, what is tried) of each setting that a flag of the sweep names.

    Raises:
      ValueError: for a piece that is no setting.

    >>> settings("grid", "cell=lstm,gru; rate=0.1,0.3")
    [('cell', 'lstm,gru'), ('rate', '0.1,0.3')]
    """
    pairs = []
    for piece in filter(None, map(str.strip, text.split(";"))):
        name, equals, values = piece.partition("=")
        name = name.strip().lstrip("-")
        if not name or not equals or not values.strip():
            raise ValueError(f"{flag}: got {piece!r}, want NAME=VALUE,VALUE with ; between them")
        pairs.append((name, values.strip()))
    if not pairs:
        raise ValueError(f"{flag}: got {text!r}, want NAME=VALUE,VALUE")
    return pairs


def values(launch: Launch, flag: str, name: str, text: str) -> list[Any]:
    """The values of a setting, as the flag of the launch reads them.

    Raises:
      ValueError: for an unknown flag, a value that it does not take, one that is there twice.
    """
    parsed: list[Any] = []
    for each in text.split("|" if "|" in text else ","):
        value = _value(launch, flag, name, each.strip())
        if value in parsed:
            raise ValueError(f"{flag}: {name}: got {each.strip()!r} twice")
        parsed.append(value)
    return parsed


def space(launch: Launch, flag: str, name: str, text: str) -> Space:
    """What a setting is drawn from: a range of numbers, or some values.

    Raises:
      ValueError: the same as ``values``, and for a range that is empty or not of numbers.
    """
    kind = launch.flag(name).parser.flag_type()
    found = RANGE.fullmatch(text)
    if kind not in ("int", "float") or (not found and not text.startswith("log:")):
        return Choice(tuple(values(launch, flag, name, text)))
    if not found:
        raise ValueError(f"{flag}: {name}: got {text!r}, want log:LOW..HIGH")
    log, *ends = found.groups()
    low, high = (_value(launch, flag, name, end) for end in ends)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"{flag}: {name}: got the empty range {text!r}, want LOW..HIGH, LOW < HIGH"
        )
    if log and low <= 0:
        raise ValueError(f"{flag}: {name}: got {text!r}, want ends above 0 of a logarithmic range")
    return Range(low, high, log=bool(log), whole=kind == "int")


def once(names: Sequence[tuple[str, str]], given: Sequence[str]) -> None:
    """Whether each setting is searched once, is not given too, and may be searched at all.

    Args:
      names: (flag of the sweep, setting).
      given: names of flags of the launch that stand behind --.

    Raises:
      ValueError: names the setting.

    >>> once([("grid", "cell"), ("random", "rate")], ["epochs"])
    """
    seen: dict[str, str] = {}
    if "workdir" in given:
        raise ValueError(
            "workdir: got one behind --, but each trial has a folder of its own in out"
        )
    for flag, name in names:
        if name == "workdir":
            raise ValueError(f"{flag}: got workdir, but each trial has a folder of its own in out")
        if name in seen:
            raise ValueError(f"{flag}: {name}: is searched by --{seen[name]} already")
        if name in given:
            raise ValueError(f"{flag}: {name}: is given behind -- too, want it in one place")
        seen[name] = flag


def _value(launch: Launch, flag: str, name: str, text: str) -> Any:
    parser = launch.flag(name).parser
    try:
        return parser.parse(text)
    except (ValueError, TypeError):
        kind = parser.syntactic_help or parser.flag_type()
        raise ValueError(f"{flag}: {name}: got {text!r}, want {kind}") from None
