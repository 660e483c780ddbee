"""Runs the trials of a sweep, a bounded number at once, and keeps what they come to."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.sweeps import failures, halving
from experiments.sweeps.processes import Executor, Job
from experiments.sweeps.state import Sweep, Trial
from seqjax.runs.figures import read_figures
from seqjax.tasks.run_record import RECORD, read_record

PAUSE = 0.1
"""Seconds between two looks at the trials."""
AGAIN = 5.0
"""Seconds until a trial is tried again whose folder another process has."""
ALIKE = 3
"""So many trials that fail before they have trained, none having trained: the rest would too."""


class Begun(NamedTuple):
    """A trial that runs."""

    trial: Trial
    rung: int
    job: Job
    since: float
    offset: int
    """of what it prints, in its log"""


class Running:
    """The trials of a sweep, as they are run.

        Running(sweep, executor, command, jobs=2, say=print).run(stop)

    Args:
      command: (trial, index of its rung) -> what is executed.
      jobs: trials at once, at most.
      say: is given a line where a trial begins and ends.
    """

    def __init__(
        self,
        sweep: Sweep,
        executor: Executor,
        command: Callable[[Trial, int], Sequence[str]],
        *,
        jobs: int,
        say: Callable[[str], object],
    ) -> None:
        self._sweep, self._executor, self._command = sweep, executor, command
        self._jobs, self._say = jobs, say
        self._rungs, self._halving = len(sweep.asked["rungs"]) or 1, sweep.asked["halving"]
        self._total = halving.planned(len(sweep.trials), self._rungs, self._halving)
        self._begun: list[Begun] = []
        self._later: dict[int, float] = {}  # trial -> when it may be tried again
        self._stopped: set[int] = set()  # by others; this command does not begin them again
        self._failures = 0
        self._trained = any(trial.figures for trial in sweep.trials)

    @property
    def hopeless(self) -> bool:
        """Whether the first trials failed before they trained, as all others would."""
        return self._failures >= ALIKE and not self._trained

    @property
    def unfinished(self) -> bool:
        """Whether some trials have not ended, though none of this command's runs any more."""
        return bool(halving.ready(self._sweep.trials, self._rungs, self._halving))

    def run(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Until all trials have ended, or ``stop()``: then those that run are asked to end."""
        try:
            while not stop():
                self._settle()
                waiting = self._waiting()
                self._begin(waiting)
                if not self._begun and not waiting:
                    break
                time.sleep(PAUSE)
        finally:
            if self._begun:
                self._say(f"waiting for {len(self._begun)} trials, which save what they have")
            for each in self._begun:
                each.job.stop()
            while self._begun:
                self._settle(stopping=True)
                time.sleep(PAUSE)

    def _waiting(self) -> list[tuple[Trial, int]]:
        if self.hopeless:
            return []
        others = self._stopped | {each.trial.number for each in self._begun}
        ready = halving.ready(self._sweep.trials, self._rungs, self._halving)
        return [each for each in ready if each[0].number not in others]

    def _begin(self, waiting: Sequence[tuple[Trial, int]]) -> None:
        now = time.monotonic()
        due = [each for each in waiting if self._later.get(each[0].number, now) <= now]
        for trial, rung in due[: self._jobs - len(self._begun)]:
            command, log = self._command(trial, rung), self._sweep.log(trial)
            with log.open("a", encoding="utf-8") as file:
                file.write(f"$ {shlex.join(command)}\n")
            offset = log.stat().st_size
            job = self._executor.start(f"{trial.number:04}", command, log)
            self._begun.append(Begun(trial, rung, job, now, offset))
            if trial.number not in self._later:
                self._say(f"{trial} begins{self._epochs(rung)}")

    def _settle(self, *, stopping: bool = False) -> None:
        """Looks after those that have ended."""
        for begun in list(self._begun):
            if (status := begun.job.poll()) is None:
                continue
            self._begun.remove(begun)
            trial, log = begun.trial, self._sweep.log(begun.trial)
            self._trained |= (self._sweep.run_folder(trial) / RECORD).exists()
            if status == 0:
                self._ended(begun)
            elif failures.stopped(status) or stopping:
                self._stopped.add(trial.number)
                self._say(f"{trial} was stopped; the same command resumes it")
            elif failures.BUSY in (reason := failures.reason(status, log, begun.offset)):
                if trial.number not in self._later:
                    self._say(f"{trial} waits: an earlier process still has its folder")
                self._later[trial.number] = time.monotonic() + AGAIN
            else:
                self._failed(trial, reason)

    def _ended(self, begun: Begun) -> None:
        trial = begun.trial
        try:
            figure, name = monitored(self._sweep.run_folder(trial))
        except ValueError as error:
            self._failed(trial, str(error))
            return
        trial.figures.append(figure)
        self._sweep.save()
        value = "no number" if figure is None else f"{figure:.4g}"
        seconds = f"{time.monotonic() - begun.since:.0f} s"
        words = f"{trial} has ended{self._epochs(begun.rung)}, {seconds}: {name} {value}"
        self._say(f"[{self._count()}] {words}")

    def _failed(self, trial: Trial, reason: str) -> None:
        trial.error = reason
        self._sweep.save()
        self._failures += 1
        self._say(f"[{self._count()}] {trial} failed: {reason}; {self._sweep.log(trial)}")

    def _count(self) -> str:
        trials = self._sweep.trials
        return f"{sum(len(t.figures) + bool(t.error) for t in trials)}/{self._total}"

    def _epochs(self, rung: int) -> str:
        rungs = self._sweep.asked["rungs"]
        return f", {rungs[rung]} epochs" if rungs else ""


def monitored(folder: Path) -> tuple[float | None, str]:
    """The best value of the figure that a run monitors, None where it was never a number; its name.

    Raises:
      ValueError: if there is no run, or one without figures.
    """
    name = str(read_record(folder).get("monitor", "loss"))
    return read_figures(folder).valid.get(name), name
