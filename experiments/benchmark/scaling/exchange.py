"""What devices exchange in a step, read from its compiled program."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple

KINDS = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute")
BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "f32": 4, "s32": 4, "u32": 4, "f64": 8}
COMPUTATION = re.compile(r"^(?:ENTRY )?%?([\w.-]+) .*\{$")
COLLECTIVE = re.compile(rf"= (.*?) ({'|'.join(KINDS)})(?:-start)?\(")
SHAPE = re.compile(r"([a-z]+[0-9]*)\[([0-9,]*)\]")
CALLED = re.compile(r"(?:to_apply|body|calls|branch_computations)=\{?([%\w.,\s-]+)")
TRIPS = re.compile(r'"known_trip_count":\{"n":"(\d+)"\}')


class Exchange(NamedTuple):
    """Of one step."""

    calls: Counter[str]
    """how often devices meet, by kind of collective"""
    bytes: Counter[str]
    """of what comes out of it on one device"""


def exchange(program: str, trips: int = 1) -> Exchange:
    """What the text of a compiled program, ``compiled.as_text()``, has devices exchange.

    Args:
      trips: how often a loop goes round whose program does not say it.

    >>> text = '''
    ... ENTRY %main (p: f32[8]) -> f32[8] {
    ...   ROOT %r = f32[8]{0} all-reduce(f32[8]{0} %p), to_apply=%add
    ... }'''
    >>> exchange(text).bytes["all-reduce"]
    32
    """
    bodies, entry = _computations(program)
    calls, sizes = Counter[str](), Counter[str]()

    def walk(name: str, times: int) -> None:
        for line in bodies.get(name, []):
            if match := COLLECTIVE.search(line):
                calls[match[2]] += times
                sizes[match[2]] += times * _size(match[1])
                continue
            rounds = 1
            if " while(" in line:
                known = TRIPS.search(line)
                rounds = int(known[1]) if known else trips
            for called in CALLED.findall(line):
                for each in called.split(","):
                    walk(each.strip().lstrip("%"), times * rounds)

    walk(entry, 1)
    return Exchange(calls, sizes)


def _computations(program: str) -> tuple[dict[str, list[str]], str]:
    """(lines of each computation by name, the name of the first one that is executed)."""
    bodies: dict[str, list[str]] = {}
    entry = name = ""
    for line in program.splitlines():
        if match := COMPUTATION.match(line):
            name = match[1]
            bodies[name] = []
            entry = name if line.startswith("ENTRY") else entry
        elif name:
            bodies[name].append(line)
    return bodies, entry


def _size(shapes: str) -> int:
    return sum(
        BYTES[kind] * math.prod(int(side) for side in sides.split(",") if side)
        for kind, sides in SHAPE.findall(shapes)
        if kind in BYTES
    )
