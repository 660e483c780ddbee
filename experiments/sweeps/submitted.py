"""Trials as jobs of SLURM, or of processes that stand in for it, by submitit.

A job holds a ticket: a file with a mark of its own. When the mark has changed, because the sweep
was stopped or has submitted the trial once more, the job asks its trial to end, or does not begin
it. That reaches jobs that still wait in a queue when the sweep that submitted them was killed.
"""

from __future__ import annotations

import contextlib
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments.sweeps.processes import Job, Process
from seqjax.basics.optional import optional_module

PAUSE = 0.5
STOPPED = 143
CLUSTERS = {"slurm": "slurm", "submitit_local": "local"}
FOREVER = 60 * 24 * 365
"""Minutes; submitit's own limit of a local job is 2."""


class Ticketed:
    """A trial, to be called where the job runs; it imports nothing of JAX."""

    def __init__(self, command: Sequence[str], log: Path, ticket: Path, mark: str) -> None:
        self.command, self.log, self.ticket, self.mark = command, log, ticket, mark
        self._process: Process | None = None

    def __call__(self) -> int:
        """Runs the trial; its exit status, 143 where it was not begun."""
        if not self._valid():
            return STOPPED
        process = self._process = Process(self.command, self.log)
        asked = False
        while (status := process.poll()) is None:
            if not asked and not self._valid():
                process.stop()
                asked = True
            time.sleep(PAUSE)
        return status

    def checkpoint(self) -> Any:
        """What submitit calls before the time of a job is up: the trial saves, to be resumed."""
        if self._process is not None:
            self._process.stop()
            while self._process.poll() is None:
                time.sleep(PAUSE)
        again = Ticketed(self.command, self.log, self.ticket, self.mark)
        return optional_module("submitit.helpers", "sweep").DelayedSubmission(again)

    def _valid(self) -> bool:
        try:
            return self.ticket.read_text("utf-8") == self.mark
        except FileNotFoundError:
            return False


class Submission:
    """A job that was submitted."""

    def __init__(self, job: Any, ticket: Path, log: Path) -> None:
        self._job, self._ticket, self._log = job, ticket, log
        self._size = _size(log)

    def poll(self) -> int | None:
        """The exit status, None while it waits or runs; 1 of a job that was lost."""
        if not self._job.done():
            return None
        error = self._job.exception()
        if error is None:
            return int(self._job.result())
        with self._log.open("a", encoding="utf-8") as file:
            file.write(f"{error}\nerror: the job {self._job.job_id} ended without a result\n")
        return 1

    def stop(self) -> None:
        """Asks it to end; one that still waits in a queue is cancelled."""
        self._ticket.unlink(missing_ok=True)
        if _size(self._log) == self._size and self._job.state.upper() in ("PENDING", "UNKNOWN"):
            self._job.cancel(check=False)


class Submissions:
    """Submits trials.

    Args:
      folder: where submitit writes what it needs.
      executor: "slurm" or "submitit_local".
      parameters: as submitit names them, "timeout_min", "slurm_partition" and so on.

    Raises:
      ValueError: for a parameter that submitit does not know, or where there is no SLURM.
      ImportError: without submitit; names the extra.
    """

    def __init__(self, folder: Path, executor: str, parameters: dict[str, Any]) -> None:
        self._folder = folder
        submitit = optional_module("submitit", "sweep")
        try:
            self._executor = submitit.AutoExecutor(folder, cluster=CLUSTERS[executor])
            self._executor.update_parameters(**{"timeout_min": FOREVER, **parameters})
        except RuntimeError as error:
            raise ValueError(f"executor: got {executor!r}: {error}") from None
        except (ValueError, NameError, TypeError, AssertionError) as error:
            raise ValueError(f"slurm: {error}") from None

    def start(self, name: str, command: Sequence[str], log: Path) -> Job:
        """Submits one."""
        ticket, mark = self._folder / f"{name}.ticket", uuid.uuid4().hex
        ticket.write_text(mark, "utf-8")
        self._executor.update_parameters(name=f"sweep-{name}")
        trial = Ticketed(list(command), log.absolute(), ticket.absolute(), mark)
        with _out_of_reach():
            job = self._executor.submit(trial)
        return Submission(job, ticket, log)


def parameters(text: str) -> dict[str, Any]:
    """What --slurm says: "timeout_min=240; slurm_partition=gpu".

    >>> parameters("timeout_min=240; slurm_partition=gpu")
    {'timeout_min': 240, 'slurm_partition': 'gpu'}

    Raises:
      ValueError: for a piece without =, more than one task, or no time limit: submitit's own is 5
        minutes.
    """
    found: dict[str, Any] = {}
    for piece in filter(None, map(str.strip, text.split(";"))):
        name, equals, value = map(str.strip, piece.partition("="))
        if not name or not equals:
            raise ValueError(f"slurm: got {piece!r}, want NAME=VALUE with ; between them")
        found[name] = int(value) if value.isdigit() else value
    for name in ("nodes", "tasks_per_node"):
        if found.get(name, 1) != 1:
            raise ValueError(f"slurm: got {name}={found[name]}, want 1: a trial is one process")
    if "timeout_min" not in found and "slurm_time" not in found:
        raise ValueError(f"slurm: got {text!r}, want timeout_min=MINUTES of a trial among them")
    return found


@contextlib.contextmanager
def _out_of_reach() -> Iterator[None]:
    """What is started within the block does not hear Ctrl-C: it ends by its ticket."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
