"""Times of several sides, taken by turns in one process, and what is said of them.

Neighbouring turns see the same machine, so that sides are compared by the ratios of their turns in
the same round, and what disturbs one round disturbs one ratio of many. Before each turn there is a
pause: threads of another library spin for a while after its work is done, and would be counted
against the next one. The order changes from round to round, and no garbage is collected meanwhile.
"""

from __future__ import annotations

import contextlib
import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

PAUSE = 0.005
"""Seconds before a turn; no side was seen to spin for longer."""
ROUNDS = 7
"""At least; an odd number, so that a median is one of them."""
TURN = 0.03
"""Seconds that a turn should take at least. Shorter runs are repeated, after one not counted:
in the pause the processor slept and its caches were filled by others, and those who run a network
again and again do not meet that."""
MAX_REPEATS = 1000
"""Runs of a turn."""


class Clock(NamedTuple):
    """Time in seconds, and a way to let it pass."""

    now: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], None] = time.sleep


class Timings(NamedTuple):
    """What the sides took."""

    seconds: dict[str, np.ndarray]
    """[rounds] by side, of one run each"""
    failed: dict[str, str]
    """what went wrong, by side; such a side has no seconds"""


class Summary(NamedTuple):
    """Of the seconds of one side."""

    median: float
    p10: float
    """the tenth percentile"""
    p90: float
    """the ninetieth"""


def measure(
    runs: Mapping[str, Callable[[], object]], seconds: float, clock: Clock | None = None
) -> Timings:
    """Times each run for about ``seconds`` in all, ``ROUNDS`` rounds at least.

    The first runs of a side, in which memory is fetched, are not counted. A side that raises is
    left out from there on.
    """
    clock = clock or Clock()
    times: dict[str, list[float]] = {name: [] for name in runs}
    repeats: dict[str, int] = {}
    failed: dict[str, str] = {}
    with _no_garbage_collection():
        for name, run in runs.items():
            with _recorded(name, failed):
                _turn(run, 1, clock)
                repeats[name] = _repeats(_turn(run, 1, clock))
        end, rounds = clock.now() + seconds, 0
        while (names := [n for n in repeats if n not in failed]) and (
            rounds < ROUNDS or clock.now() < end
        ):
            first = rounds % len(names)
            for name in names[first:] + names[:first]:
                with _recorded(name, failed):
                    clock.sleep(PAUSE)
                    if repeats[name] > 1:
                        runs[name]()
                    times[name].append(_turn(runs[name], repeats[name], clock))
            rounds += 1
    complete = {name: np.array(values) for name, values in times.items() if name not in failed}
    return Timings(complete, failed)


def summary(seconds: np.ndarray) -> Summary:
    """Median, tenth and ninetieth percentile."""
    return Summary(float(np.median(seconds)), *map(float, np.percentile(seconds, [10, 90])))


def ratio(theirs: np.ndarray, ours: np.ndarray) -> float:
    """How many times as long they take: the median of the ratios of each round."""
    return float(np.median(theirs / ours))


def error_text(error: Exception) -> str:
    """An error in one line of at most 300 characters."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]


def _repeats(seconds: float) -> int:
    """Runs that fill a turn, of one that takes so long."""
    return MAX_REPEATS if seconds <= TURN / MAX_REPEATS else math.ceil(TURN / seconds)


def _turn(run: Callable[[], object], repeats: int, clock: Clock) -> float:
    """Seconds of one of ``repeats`` runs."""
    start = clock.now()
    for _ in range(repeats):
        run()
    return (clock.now() - start) / repeats


@contextlib.contextmanager
def _recorded(name: str, failed: dict[str, str]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        failed[name] = error_text(error)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
