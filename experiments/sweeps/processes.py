"""Trials as processes of this machine.

A trial has a process group of its own, so that Ctrl-C reaches the sweep alone, which then asks each
trial to end. On Linux it is asked by the system where the sweep is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import experiments

ROOT = Path(experiments.__file__).parents[1]
# PR_SET_PDEATHSIG of prctl(2), which outlives execv; a parent that has gone before is noticed.
BOUND = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class Job(Protocol):
    """A trial that was begun."""

    def poll(self) -> int | None:
        """The exit status, None while it runs; below 0 the number of a signal that killed it."""

    def stop(self) -> None:
        """Asks it to end, with everything saved."""


class Executor(Protocol):
    """Who runs trials."""

    def start(self, name: str, command: Sequence[str], log: Path) -> Job:
        """Begins one.

        Args:
          name: of the trial.
          log: what it prints is added there.
        """


class Process:
    """A process of this machine."""

    def __init__(self, command: Sequence[str], log: Path, device: str = "") -> None:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        if device:
            environment["CUDA_VISIBLE_DEVICES"] = device
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                bound(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                process_group=0,
            )

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Asks it to end, with everything saved."""
        self._process.send_signal(signal.SIGTERM)


class Processes:
    """Runs trials on this machine, each on a device of its own where some are named."""

    def __init__(self, devices: Sequence[str] = ()) -> None:
        self._devices = devices
        self._users: dict[str, Job] = {}

    def start(self, name: str, command: Sequence[str], log: Path) -> Job:
        """Begins one, on the first device that no other uses."""
        users = self._users
        free = [
            each for each in self._devices if each not in users or users[each].poll() is not None
        ]
        job = Process(command, log, free[0] if free else "")
        self._users |= dict.fromkeys(free[:1], job)
        return job


def bound(command: Sequence[str]) -> list[str]:
    """A command whose process is asked to end where this one dies; Linux alone knows how."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-c", BOUND, str(os.getpid()), *command]
