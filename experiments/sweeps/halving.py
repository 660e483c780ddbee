"""Successive halving: all trials begin, and only the best go on to more epochs.

Jamieson and Talwalkar 2016; rungs as the brackets of Li et al. 2018 (Hyperband) have them, at whole
epochs: with one of three and 9 epochs, all trials make 1, the best third 3, the best ninth 9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from experiments.sweeps.launches import Launch
from experiments.sweeps.state import Trial
from seqjax.basics import checks
from seqjax.tasks.optimized import ENDLESS
from seqjax.training.config import Optimization


def rungs(epochs: int, halving: int, least: int) -> list[int]:
    """Epochs at the end of each rung.

    >>> rungs(10, halving=3, least=1)
    [1, 3, 10]

    Raises:
      ValueError: for epochs that make one rung alone.
    """
    found = [epochs]
    while found[0] // halving >= least:
        found.insert(0, found[0] // halving)
    if len(found) < 2:
        raise ValueError(
            f"epochs: got {epochs}, want {halving * least} or more, {halving} times --min_epochs"
        )
    return found


def check_endless(launch: Launch, configs: Sequence[Any]) -> None:
    """Whether a run with these settings may be resumed with more epochs.

    Raises:
      ValueError: names the setting that depends on the length of the run.
    """
    optimizations = [config for config in configs if isinstance(config, Optimization)]
    if not optimizations:
        raise ValueError(
            f"halving: got the launch {launch.name}, whose rate falls with the length of a run;"
            " want a launch that can be resumed with more epochs, or no --halving"
        )
    for config in optimizations:
        if config.schedule not in ENDLESS:
            checks.lookup(
                "schedule, with --halving (others depend on the length of a run)",
                dict.fromkeys(ENDLESS),
                config.schedule,
            )


def ready(trials: Sequence[Trial], count: int, halving: int) -> list[tuple[Trial, int]]:
    """Trials that are to be run now, each with the index of its rung.

    A rung begins when the one before it has ended for all its trials. A trial that has failed
    counts among them, as does one whose figure is no number, and goes no further.

    Args:
      count: of rungs.
      halving: of so many trials of a rung the best one goes on.

    >>> trials = [Trial(1, {}, [0.5]), Trial(2, {}, [0.3]), Trial(3, {}, [0.4])]
    >>> [(trial.number, rung) for trial, rung in ready(trials, count=2, halving=3)]
    [(2, 1)]
    """
    waiting = []
    for rung, members in enumerate(_members(trials, count, halving)):
        waiting += [
            (each, rung) for each in members if not each.error and len(each.figures) == rung
        ]
    return waiting


def dropped(trials: Sequence[Trial], count: int, halving: int) -> set[int]:
    """Numbers of the trials that ended a rung, and were not among the best of it."""
    members = _members(trials, count, halving)
    numbers = [{trial.number for trial in rung} for rung in members]
    return {
        trial.number
        for rung, following in zip(members, numbers[1:], strict=False)
        for trial in rung
        if not trial.error and trial.number not in following
    }


def planned(trials: int, count: int, halving: int) -> int:
    """How often a trial is run in all.

    >>> planned(9, count=3, halving=3)
    13
    """
    total = 0
    for _ in range(count):
        total += trials
        trials = max(1, trials // max(halving, 1))
    return total


def _members(trials: Sequence[Trial], count: int, halving: int) -> list[list[Trial]]:
    """The trials of each rung that has begun, or may begin."""
    found = [list(trials)]
    for rung in range(count - 1):
        members = found[-1]
        if not all(each.error or len(each.figures) > rung for each in members):
            break
        ranked = sorted((f, t.number, t) for t in members if (f := _figure(t, rung)) is not None)
        found.append([trial for _, _, trial in ranked[: max(1, len(members) // halving)]])
    return found


def _figure(trial: Trial, rung: int) -> float | None:
    figure = trial.figures[rung] if rung < len(trial.figures) else None
    return figure if figure is not None and math.isfinite(figure) else None
