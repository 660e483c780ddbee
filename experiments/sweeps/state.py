"""A sweep as its folder keeps it: what was asked, and what each trial has come to."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.sweeps.launches import written
from seqjax.basics.whole_file import whole_file
from seqjax.runs import hold

NAME, HELD = "sweep.json", "held"
OWN = {HELD, "trials", "logs", "jobs"}
"""What a process that was stopped at once may leave, if no sweep.json."""
FORMAT = 1
ASKED = {"launch", "given", "grid", "zip", "random", "seed", "halving", "rungs"}
"""What a sweep is, by the names of sweep.json; all else is what has come of it."""


@dataclasses.dataclass
class Trial:
    """One of the runs of a sweep."""

    number: int
    """from 1 on"""
    settings: dict[str, Any]
    """those that are searched"""
    figures: list[float | None] = dataclasses.field(default_factory=list)
    """the monitored figure of validation at the end of each rung that was reached"""
    error: str = ""
    """of a trial that failed: what it said last"""

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={written(value)}" for name, value in self.settings.items())
        return f"trial {self.number} ({settings})"


@dataclasses.dataclass
class Sweep:
    """All of it."""

    folder: Path
    asked: dict[str, Any]
    """the fields ``ASKED``, as JSON"""
    words: list[str]
    """flags of every trial, as they were given behind --"""
    trials: list[Trial]

    def run_folder(self, trial: Trial) -> Path:
        """The run directory of a trial."""
        return self.folder / "trials" / f"{trial.number:04}"

    def log(self, trial: Trial) -> Path:
        """The file of what a trial prints."""
        return self.folder / "logs" / f"{trial.number:04}.log"

    def save(self) -> None:
        """Writes sweep.json, as a whole."""
        trials = [dataclasses.asdict(trial) for trial in self.trials]
        content = {"format": FORMAT, **self.asked, "words": self.words, "trials": trials}
        with whole_file(self.folder / NAME) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def read(folder: Path) -> Sweep:
    """The sweep of a folder.

    Raises:
      ValueError: if there is none, it cannot be read, or a newer seqjax wrote it.
    """
    path = folder / NAME
    try:
        content = json.loads(path.read_text("utf-8"))
        if content.pop("format") > FORMAT:
            raise ValueError("a newer seqjax wrote it")
        trials = [Trial(**each) for each in content.pop("trials")]
        words = content.pop("words")
        if missing := ASKED - set(content):
            raise KeyError(*sorted(missing))
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"out: {folder}: got no sweep there ({NAME} is missing)") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"out: {path}: describes no sweep ({error})") from None
    return Sweep(folder, content, words, trials)


def resumed(new: Sweep, free: Collection[str]) -> Sweep:
    """What was asked now, with what the folder says that trials have come to.

    Args:
      free: flags of the launch that may differ when a run is resumed.

    Raises:
      ValueError: for a sweep that asks for something else; names what differs.
    """
    if not (new.folder / NAME).exists():
        return new
    old = read(new.folder)
    for name in dict.fromkeys([*new.asked, *old.asked]):
        before, now = old.asked.get(name), new.asked.get(name)
        if isinstance(before, dict) and isinstance(now, dict):
            _same(new.folder, now, before, free if name == "given" else ())
        elif before != now:
            _same(new.folder, {name: now}, {name: before}, ())
    kept = {trial.number: trial for trial in old.trials}
    count, before = len(new.trials), len(old.trials)
    if count < before or (count > before and new.asked.get("rungs")):
        want = "that many" if new.asked.get("rungs") else "that many or more"
        raise ValueError(
            f"trials: got {count} in all, but the sweep in {new.folder} has {before}; want {want},"
            " or another --out"
        )
    trials = [kept.get(trial.number, trial) for trial in new.trials]
    return dataclasses.replace(new, trials=trials)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keeps other processes out of a sweep until the block ends, or the process does.

    Raises:
      ValueError: if another one is in, for a folder of something else, or one that cannot be
        written to.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"out: {folder} is a file, want a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names - OWN and NAME not in names:
        raise ValueError(f"out: {folder} is not empty and no sweep; want a new or empty folder")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold(folder / HELD))
        except ValueError as error:
            words = str(error).removeprefix("workdir: ").replace(str(folder / HELD), str(folder), 1)
            raise ValueError(f"out: {words}") from None
        yield


def _same(
    folder: Path, now: Mapping[str, Any], before: Mapping[str, Any], free: Collection[str]
) -> None:
    for name in sorted((set(now) | set(before)) - set(free)):
        if now.get(name) != before.get(name):
            raise ValueError(
                f"{name}: got {_said(now.get(name))}, but the sweep in {folder} was begun with"
                f" {_said(before.get(name))}; repeat its command to resume it, or give"
                " another --out"
            )


def _said(value: Any) -> str:
    return "none" if value in (None, [], {}) else repr(value)
