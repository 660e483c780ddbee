"""Runs that differ in their seed, or in numbers, trained together by one program."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqjax.basics import checks, console
from seqjax.basics.memory import keep_memory
from seqjax.runs.begin import begun, check_settings
from seqjax.runs.comparison import compare
from seqjax.runs.groups import grouped
from seqjax.runs.members import members
from seqjax.runs.run import Run
from seqjax.tasks import TASKS, Task
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.run_record import RECORD
from seqjax.tasks.settings import from_settings
from seqjax.training import processes
from seqjax.training.interrupts import stopping
from seqjax.training.metric_accumulator import NonFinite
from seqjax.training.population import Population


class Together:
    """Runs that have begun, each in a folder of its own below one.

    Those whose steps differ in constants alone are a group, which one program trains.
    """

    def __init__(self, folder: Path, runs: Sequence[Run]) -> None:
        self.folder = folder
        self.runs, self.groups = grouped(runs)
        self.failed: dict[int, NonFinite] = {}
        """of those that are no longer finite, by their place"""

    @property
    def beginning(self) -> str:
        """What is trained, and from where."""
        done = ", ".join(str(run.done) for run in self.runs)
        count = len(self.groups)
        by = "" if count == 1 else f", by {count} programs, as they differ in more than numbers"
        lines = self.runs[0].beginning.splitlines()[:-1]
        lines.append(f"{len(self.runs)} runs together{by}")
        if any(run.done for run in self.runs):
            lines.append(f"Resuming in {self.folder} after steps {done}")
        else:
            lines.append(f"Training in {self.folder}")
        return "\n".join(lines)

    @property
    def done(self) -> int:
        """Steps that all have saved."""
        return min(run.done for run in self.runs)

    def train(self, stop: Callable[[], bool] = lambda: False, *, quiet: bool = False) -> bool:
        """Trains all until their ends, or until ``stop()``: then False.

        The progress that is shown is that of the first one. One that is no longer finite leaves the
        others, and is in ``failed``.
        """
        populations: dict[int, tuple[Population, int]] = {}
        for group in self.groups:
            population = Population([self.runs[index].training.step for index in group])
            populations |= {index: (population, place) for place, index in enumerate(group)}
        finished = [False] * len(self.runs)
        errors: dict[int, BaseException] = {}

        def member(index: int) -> None:
            population, place = populations[index]
            try:
                step = population.step(place)
                finished[index] = self.runs[index].train(
                    stop, quiet=quiet or index > 0, shared=step
                )
            except NonFinite as error:
                self.failed[index] = error
            except BaseException as error:
                errors[index] = error
            finally:
                population.leave(place)

        threads = [threading.Thread(target=member, args=(k,)) for k in range(len(self.runs))]
        for thread in threads:
            thread.daemon = True
            thread.start()
        for thread in threads:
            while thread.is_alive():  # so that signals are handled meanwhile
                thread.join(0.2)
        if errors:
            first = errors[min(errors)]
            raise first.__cause__ if isinstance(first.__cause__, ValueError) else first
        return all(done or index in self.failed for index, done in enumerate(finished))

    def finish(self) -> tuple[list[Loaded | None], str]:
        """The best model of each run, None for those that failed, and the table of all."""
        models = [None if k in self.failed else run.finish()[0] for k, run in enumerate(self.runs)]
        folders = [run.directory.folder for run in self.runs]
        lines = [f"{folders[k].name}: {error}" for k, error in self.failed.items()]
        good = [folder for k, folder in enumerate(folders) if k not in self.failed]
        if good:
            lines.append(str(compare(good, across_data=True)))
        lines.append(f"The runs are in {self.folder}, a folder for each.")
        return models, "\n".join(lines)


@contextlib.contextmanager
def begun_together(task: Task, configs: Sequence[Any], seeds: Sequence[int]) -> Iterator[Together]:
    """A run for each seed, and for each value where a setting is a tuple of several.

    Each begins as ``begun`` begins one; their directories are held.

    Raises:
      ValueError: for what is wrong with one of them, fewer than two runs, a seed or a value given
        twice, a budget of memory, or a mesh, which trains one run on several devices.
    """
    run = configs[0]
    each = members(configs, seeds)
    if run.memory:
        raise ValueError(
            f"memory: got {run.memory!r} for {len(each)} runs together, whose steps share a"
            " program; want one run at a time"
        )
    if run.mesh or processes.several():
        raise ValueError("seeds: got some with a mesh or several processes, want one device")
    folder = Path(run.workdir)
    if (folder / RECORD).exists():
        raise ValueError(f"workdir: {folder} is one run, want a folder for {len(each)}")
    for own in each:  # before the folder of any of them is made
        check_settings(task, own)
    with contextlib.ExitStack() as stack:
        runs: list[Run] = []
        turn = threading.Lock()
        for own in each:
            begun_run = stack.enter_context(begun(task, own))
            begun_run.checkpoints.take_turns(turn)
            runs.append(begun_run)
        yield Together(folder, runs)


def train_many(
    task: str, /, *, seeds: int | Sequence[int] | None = None, quiet: bool = False, **settings: Any
) -> list[Loaded | None]:
    """Trains a task with several seeds and settings, by one program, and gives their best models.

        runs = seqjax.train_many("tagging", data="folder", workdir="runs/x", seeds=8)
        runs = seqjax.train_many("tagging", data="folder", workdir="runs/y", rate=[0.1, 0.3, 1.0])
        print(seqjax.runs.compare(run.folder for run in runs))

    Each is the run that ``train`` makes with that seed and those settings, to rounding, in a folder
    of its own below ``workdir``: it can be loaded, compared, and trained further alone. The same
    call resumes. Settings that change more of the step than its numbers, as ``dropout=0`` leaves
    one out, are trained side by side by a program for each kind.

    Args:
      task: one of ``seqjax.tasks.TASKS``.
      seeds: a number M for 0 to M - 1, or the seeds; None for the setting ``seed`` alone.
      quiet: says nothing.
      settings: those of the task; of those that are floats, several values may be given.

    Returns:
      A model for each combination of values, the last setting of the task and then the seeds
      changing fastest; None where it became NaN or infinite, which disturbs no other.

    Raises:
      ValueError: as ``train`` does, and for fewer than two runs, or too many for memory.
      KeyboardInterrupt: after Ctrl-C, with everything saved.
    """
    definition = checks.lookup("task", TASKS, task)
    if seeds is not None and "seed" in settings:
        raise ValueError(f"seed: got {settings['seed']!r}, but seeds says which")
    configs = from_settings(definition.configs, settings, several=True)
    keep_memory()
    wanted = [configs[0].seed] if seeds is None else seeds
    wanted = range(wanted) if isinstance(wanted, int) else list(wanted)
    with console.escaping(), begun_together(definition, configs, wanted) as runs:
        if not quiet:
            print(runs.beginning, file=sys.stderr, flush=True)
        with stopping(at_once=True) as stop:
            finished = runs.train(stop, quiet=quiet)
        if not finished or stop.status:
            if stop.status == 128 + signal.SIGTERM:
                raise SystemExit(stop.status)
            raise KeyboardInterrupt
        models, report = runs.finish()
        if not quiet:
            print(report)
    return models
