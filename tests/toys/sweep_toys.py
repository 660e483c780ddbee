"""Sweeps of a small program that stands in for a launch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from experiments.sweeps import state, work
from experiments.sweeps.config import SweepConfig
from experiments.sweeps.plan import Plan, Search

PROGRAM = """
import json, os, pathlib, signal, sys, time
flags = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:])
folder = pathlib.Path(flags.pop("workdir"))
(folder.parents[1] / "calls.txt").open("a").write(folder.name + " begins\\n")
hidden, epochs = int(flags.get("hidden", 1)), int(flags["epochs"])
before = folder.parents[1] / "before"
if before.exists() and before.read_text() == folder.name:
    before.unlink()
    sys.exit(f"error: workdir: {folder} is in use by another process")
if hidden == 13:
    print("reading")
    sys.exit("error: data: got none\\n  a hint")
folder.mkdir(parents=True, exist_ok=True)
config = {"workdir": str(folder), "hidden": hidden, "seed": int(flags.get("seed", 0))}
record = {"format": 2, "task": "regression", "config": config, "data": {}, "monitor": "loss"}
(folder / "run.json").write_text(json.dumps(record))
if hidden == 666:
    raise RuntimeError("a mistake of the program's")
if hidden == 9:
    os.kill(os.getpid(), signal.SIGKILL)
if hidden == 60 and not (folder / "saved").exists():
    def end(number, frame):
        (folder / "saved").write_text("")
        sys.exit(143)
    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    time.sleep(300)
time.sleep(float(flags.get("dropout", 0)))
def row(step, kind, loss):
    loss = "NaN" if hidden == 404 else loss
    return json.dumps({"step": step, "kind": kind, "seconds": 0.0, "loss": loss}) + "\\n"
with (folder / "metrics.jsonl").open("w") as file:
    for epoch in range(1, epochs + 1):
        file.write(row(10 * epoch, "valid", hidden / 10 + 1 / epoch))
    file.write(row(10 * epochs, "test", hidden))
(folder.parents[1] / "calls.txt").open("a").write(folder.name + " ends\\n")
"""
WAITING = """
import signal, sys, time
def end(number, frame):
    print("saved", flush=True)
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(300)
"""
"""A trial that trains until it is asked to end."""


class Sweeps:
    """Runs a sweep in a folder, in this process, with a program in the place of a launch."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capfd = folder, capfd

    def __call__(self, *grid: str, words: Sequence[str] = (), **asked: Any) -> tuple[int, str, str]:
        """Exit status, and what was said on standard output and error."""
        self._capfd.readouterr()
        config = SweepConfig(out=str(self.folder), launch="regress", **asked)
        search = Search(grid=grid) if "trials" not in asked else Search(random=grid)
        status = work.sweep(config, search, ["--epochs=2", *words])
        return status, *self._capfd.readouterr()

    @property
    def calls(self) -> list[str]:
        """What the trials did, in order."""
        path = self.folder / "calls.txt"
        return path.read_text().splitlines() if path.exists() else []

    def begun(self) -> list[int]:
        """The trials that have begun since this was asked last."""
        numbers = [int(line.split()[0]) for line in self.calls if line.endswith("begins")]
        (self.folder / "calls.txt").unlink(missing_ok=True)
        return numbers


def with_a_program(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Sweeps:
    """Sweeps below a folder, whose trials are that program."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    usual = Plan.command

    def command(plan: Plan, trial: state.Trial, rung: int) -> list[str]:
        return [sys.executable, "-S", str(program), *usual(plan, trial, rung)[3:]]

    monkeypatch.setattr(Plan, "command", command)
    return Sweeps(folder / "sweep", capfd)


def wait(ready: Callable[[], bool]) -> None:
    """Returns when it is so."""
    end = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)
