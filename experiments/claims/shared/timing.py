"""Seconds of things that are compared, measured by turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import jax

TURN = 0.004
"""Seconds of one turn, at least: what is quicker is called several times in it."""


def by_turns(runs: Mapping[str, Callable[[], Any]], rounds: int = 7) -> dict[str, float]:
    """Seconds of one call, by name: the shortest of ``rounds``.

    Whatever else the machine does makes a turn longer, never shorter. Each is called once before,
    which compiles it.

    Args:
      runs: what is called; it returns arrays, which are waited for.
      rounds: turns of each.

    >>> sorted(by_turns({"a": lambda: 1, "b": lambda: 2}, rounds=1))
    ['a', 'b']
    """
    calls = {}
    for name, run in runs.items():
        jax.block_until_ready(run())
        calls[name] = max(1, round(TURN / max(_seconds(run, 1), 1e-7)))
    turns: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            turns[name].append(_seconds(run, calls[name]))
    return {name: min(each) for name, each in turns.items()}


def fastest(run: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of one call of a single thing: the shortest of ``rounds``, after one that compiles.

    >>> fastest(lambda: 1, rounds=2) > 0
    True
    """
    return by_turns({"": run}, rounds)[""]


def _seconds(run: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        jax.block_until_ready(run())
    return (time.perf_counter() - start) / calls
