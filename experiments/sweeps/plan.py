"""From a command line to a sweep: what is tried is read, checked and numbered."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.sweeps import config, halving, spaces, syntax
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.launches import Launch, find, words_of
from experiments.sweeps.state import Sweep, Trial


class Search(NamedTuple):
    """What is searched, each as the flags of the sweep were given."""

    grid: Sequence[str] = ()
    zips: Sequence[str] = ()
    random: Sequence[str] = ()


class Plan(NamedTuple):
    """A sweep to be run."""

    launch: Launch
    sweep: Sweep

    def command(self, trial: Trial, rung: int) -> list[str]:
        """What is executed for a trial: its launch, as a person would type it."""
        folder = self.sweep.run_folder(trial)
        words = [*self.sweep.words, *words_of(trial.settings), f"--workdir={folder}"]
        if self.sweep.asked["rungs"]:
            words.append(f"--epochs={self.sweep.asked['rungs'][rung]}")
        return [sys.executable, "-m", f"experiments.{self.launch.name}", *words]


def plan(asked: SweepConfig, search: Search, words: Sequence[str]) -> Plan:
    """The sweep that is asked for, whatever its folder holds.

    Args:
      words: flags of the launch, the same for every trial.

    Raises:
      ValueError: for whatever is wrong, in the flags of the sweep or in the settings of any trial;
        nothing was begun then.

    >>> search = Search(grid=["cell=lstm,gru; rate=0.1,0.3"])
    >>> made = plan(SweepConfig(launch="tag", out="runs/sweep"), search, ["--epochs=2"])
    >>> [trial.settings for trial in made.sweep.trials][1]
    {'cell': 'lstm', 'rate': 0.3}
    """
    config.check(asked, searched=any(search), random=bool(search.random))
    launch = find(asked.launch)
    given = launch.given(words)
    grid, zips, drawn = _read(launch, search, list(given))
    combined = spaces.combinations(grid, zips)
    settings = spaces.all_settings(combined, drawn, asked.trials or 1, asked.seed)
    rungs = _rungs(launch, asked, words, settings)
    record: dict[str, Any] = {
        "launch": asked.launch,
        "given": given,
        "grid": [pair for text in search.grid for pair in _pairs("grid", text)],
        "zip": [_pairs("zip", text) for text in search.zips],
        "random": [pair for text in search.random for pair in _pairs("random", text)],
        "seed": asked.seed,
        "halving": asked.halving,
        "rungs": rungs,
    }
    trials = [Trial(number, each) for number, each in enumerate(_as_json(settings), 1)]
    for trial in trials:
        _check(launch, [*words, *words_of(trial.settings)], trial, endless=bool(rungs))
    return Plan(launch, Sweep(Path(asked.out), _as_json(record), list(words), trials))


def _read(launch: Launch, search: Search, given: Sequence[str]) -> tuple[Any, Any, Any]:
    """What --grid, --zip and --random name, as values and ranges."""
    texts = {"grid": search.grid, "zip": search.zips, "random": search.random}
    groups = {flag: [syntax.settings(flag, text) for text in texts[flag]] for flag in texts}
    names = [(flag, name) for flag in groups for group in groups[flag] for name, _ in group]
    syntax.once(names, given)

    def read(flag: str, group: Sequence[tuple[str, str]]) -> list[spaces.Values]:
        return [(name, syntax.values(launch, flag, name, text)) for name, text in group]

    grid = [pair for group in groups["grid"] for pair in read("grid", group)]
    zips = [read("zip", group) for group in groups["zip"]]
    drawn = {
        name: syntax.space(launch, "random", name, text)
        for group in groups["random"]
        for name, text in group
    }
    return grid, zips, drawn


def _rungs(
    launch: Launch, asked: SweepConfig, words: Sequence[str], settings: Sequence[dict[str, Any]]
) -> list[int]:
    if not asked.halving:
        return []
    if any("epochs" in each for each in settings):
        raise ValueError(
            "epochs: got several to search, but --halving wants one number, that of the last rung"
        )
    epochs: Any = launch.values(words)["epochs"].value
    return halving.rungs(epochs, asked.halving, asked.min_epochs)


def _check(launch: Launch, words: Sequence[str], trial: Trial, *, endless: bool) -> None:
    try:
        configs = launch.checked(words)
        if endless:
            halving.check_endless(launch, configs)
    except ValueError as error:
        raise ValueError(f"{trial}: {error}") from None


def _pairs(flag: str, text: str) -> list[str]:
    return [f"{name}={values}" for name, values in syntax.settings(flag, text)]


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
