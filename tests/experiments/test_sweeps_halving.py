"""Successive halving: rungs, who goes on, and the same after an interruption."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.sweeps import state
from experiments.sweeps.halving import check_endless, dropped, planned, ready, rungs
from experiments.sweeps.launches import find
from experiments.sweeps.running import Running
from experiments.sweeps.state import Sweep, Trial, read, resumed


def test_rungs_are_those_of_hyperband() -> None:
    """R / eta^k, rounded down (Li et al. 2018, algorithm 1, with R = 81 and eta = 3)."""
    assert rungs(81, 3, 1) == [1, 3, 9, 27, 81]
    assert rungs(81, 3, 9) == [9, 27, 81]
    assert rungs(10, 2, 1) == [1, 2, 5, 10]
    assert rungs(2, 2, 1) == [1, 2]
    for epochs, halving, least in ((1, 2, 1), (8, 3, 3)):
        with pytest.raises(ValueError, match=f"epochs: got {epochs}, want {halving * least} or"):
            rungs(epochs, halving, least)


def numbers(trials: list[Trial], count: int = 3, halving: int = 2) -> list[tuple[int, int]]:
    return [(trial.number, rung) for trial, rung in ready(trials, count, halving)]


def test_the_best_of_a_rung_go_on_once_all_have_ended_it() -> None:
    figures: list[list[float | None]] = [[0.5], [0.2], [0.9], [0.4], [0.3]]
    trials = [Trial(number, {}, each) for number, each in enumerate(figures, 1)]
    assert numbers([*trials, Trial(6, {})]) == [(6, 0)]
    assert numbers([*trials, Trial(6, {}, [0.1])]) == [(6, 1), (2, 1), (5, 1)]
    assert dropped([*trials, Trial(6, {}, [0.1])], 3, 2) == {1, 3, 4}
    assert numbers(trials) == [(2, 1), (5, 1)]  # two of five
    trials[1].figures.append(0.2)
    assert numbers(trials) == [(5, 1)]
    trials[4].figures.append(0.1)
    assert numbers(trials) == [(5, 2)]
    assert dropped(trials, 3, 2) == {1, 2, 3, 4}
    trials[4].figures.append(0.1)
    assert numbers(trials) == []
    assert dropped(trials, 3, 2) == {1, 2, 3, 4}


def test_failures_and_what_is_no_number_go_no_further() -> None:
    """They count among the trials of their rung; ties go to the first."""
    trials = [
        Trial(1, {}, [None]),
        Trial(2, {}, [math.inf]),
        Trial(3, {}, error="error: data"),
        Trial(4, {}, [7.0]),
        Trial(5, {}, [7.0]),
        Trial(6, {}, [8.0]),
    ]
    assert numbers(trials) == [(4, 1), (5, 1), (6, 1)]
    assert numbers(trials, halving=3) == [(4, 1), (5, 1)]
    assert dropped(trials, 3, 3) == {1, 2, 6}
    trials[3].error = "error: disk"
    assert numbers(trials, halving=3) == [(5, 1)]
    assert numbers(trials[:3]) == []


def test_one_always_goes_on() -> None:
    assert numbers([Trial(1, {}, [1.0]), Trial(2, {}, [0.5])], halving=4) == [(2, 1)]


def test_how_often_a_trial_is_run_in_all() -> None:
    assert planned(27, 4, 3) == 27 + 9 + 3 + 1
    assert planned(2, 4, 3) == 2 + 1 + 1 + 1
    assert planned(5, 1, 0) == 5


class Instantly:
    """An executor whose trials have ended as soon as they begin; figures get better by epochs."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.begun = sweep, list[tuple[str, str]]()

    def start(self, name: str, command: list[str], log: Any) -> Any:
        self.begun.append((name, command[0]))
        return SimpleNamespace(poll=lambda: 0, stop=lambda: None)


def test_a_sweep_goes_on_where_it_stopped(tmp_path: Any, monkeypatch: Any) -> None:
    """After any number of looks at the trials, with the same trials in the same rungs."""
    monkeypatch.setattr("experiments.sweeps.running.PAUSE", 0)
    asked = {**dict.fromkeys(state.ASKED), "rungs": [1, 3, 9], "halving": 3}
    runs: list[list[tuple[str, str]]] = []
    for every in (1, 2, 100):
        folder = tmp_path / str(every)
        (folder / "logs").mkdir(parents=True)
        begun: list[tuple[str, str]] = []
        for _ in range(40):
            trials = [Trial(n, {"rate": n}) for n in range(1, 10)]
            sweep = resumed(Sweep(folder, asked, [], trials), ())
            executor = Instantly(sweep)

            def figure(folder: Any) -> tuple[float, str]:
                return abs(int(folder.name) - 5) + 0.1, "loss"

            monkeypatch.setattr("experiments.sweeps.running.monitored", figure)
            running = Running(
                sweep, executor, lambda trial, rung: [str(rung)], jobs=1, say=lambda line: None
            )
            running.run(itertools.chain([False] * every, itertools.repeat(True)).__next__)
            sweep.save()
            begun += executor.begun
            if not running.unfinished:
                break
        else:
            pytest.fail("it does not end")
        runs.append(begun)
        assert [len(trial.figures) for trial in read(folder).trials] == [1, 1, 1, 2, 3, 2, 1, 1, 1]
    nine = [(f"{n:04}", "0") for n in range(1, 10)]
    # The best of a rung come first.
    assert runs[2] == [*nine, ("0005", "1"), ("0004", "1"), ("0006", "1"), ("0005", "2")]
    assert runs[0] == runs[1] == runs[2]


def test_a_schedule_that_depends_on_the_length_is_named() -> None:
    launch = find("tag")
    check_endless(launch, launch.checked(["--schedule=plateau"]))
    with pytest.raises(ValueError, match=r"schedule.*got 'one_cycle', want one of constant"):
        check_endless(launch, launch.checked(["--schedule=one_cycle"]))
