"""What is shown of a sweep: its failures, its table, its picture."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.sweeps import picture
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.state import Sweep
from experiments.sweeps.table import NAME, table


def show(sweep: Sweep, config: SweepConfig, *, write: bool = False) -> None:
    """Prints the table, what failed on standard error, and draws the picture if one is wanted.

    Args:
      write: results.csv too.

    Raises:
      ValueError: for a column that the table does not have, or a picture of nothing.
    """
    found = table(sweep)
    if write:
        known = config.sort.removeprefix("-") in found.columns
        found.sorted(config.sort if known else "").write(sweep.folder / NAME)
    found = found.sorted(config.sort)
    print(found)
    if failures := failed(sweep):
        print(failures, file=sys.stderr)
    if "seed" in found.settings:
        folders = sweep.folder / "trials" / "*"
        print(f"\nmeans over seeds: python -m experiments.compare {folders}")
    if config.picture:
        sort = config.sort.removeprefix("-")
        figure = sort if sort in found.figures else ""
        picture.draw(sweep, found, Path(config.picture), figure)
        print(f"\npicture: {config.picture}")


def failed(sweep: Sweep) -> str:
    """The trials that failed, with what they said last and where the rest stands.

    Nothing if there are none.
    """
    trials = [trial for trial in sweep.trials if trial.error]
    if not trials:
        return ""
    lines = [f"{trial}: {trial.error}; {sweep.log(trial)}" for trial in trials]
    head = f"\n{len(trials)} of {len(sweep.trials)} trials failed; --retry runs them again"
    return "\n  ".join([head, *lines])
