"""Runs that differ in their seed alone, trained together by one program."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax

from seqjax.basics import checks, console
from seqjax.basics.memory import keep_memory
from seqjax.runs.begin import begun
from seqjax.runs.comparison import compare
from seqjax.runs.run import Run
from seqjax.tasks import TASKS, Task
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.run_record import RECORD
from seqjax.tasks.settings import from_settings
from seqjax.training import processes
from seqjax.training.adaptation import Adaptation
from seqjax.training.interrupts import stopping
from seqjax.training.metric_accumulator import NonFinite
from seqjax.training.population import Population


class Together:
    """Runs that have begun, one a seed; each has a folder ``seed0``, ``seed1``, ... of its own."""

    def __init__(self, folder: Path, runs: Sequence[Run]) -> None:
        self.folder, self.runs = folder, list(runs)
        self.failed: dict[int, NonFinite] = {}
        """of those that are no longer finite, by their place"""

    @property
    def beginning(self) -> str:
        """What is trained, and from where."""
        done = ", ".join(str(run.done) for run in self.runs)
        lines = [*self.runs[0].beginning.splitlines()[:-1], f"{len(self.runs)} seeds together"]
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
        population = Population(self.runs[0].training.step, len(self.runs))
        finished = [False] * len(self.runs)
        errors: dict[int, BaseException] = {}

        def member(index: int) -> None:
            try:
                step = population.step(index)
                finished[index] = self.runs[index].train(
                    stop, quiet=quiet or index > 0, shared=step
                )
            except NonFinite as error:
                self.failed[index] = error
            except BaseException as error:
                errors[index] = error
            finally:
                population.leave(index)

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
        """The best model of each seed, None for those that failed, and the table of all."""
        models = [None if k in self.failed else run.finish()[0] for k, run in enumerate(self.runs)]
        lines = [f"seed {self.runs[k].configs[0].seed}: {e}" for k, e in self.failed.items()]
        good = [run.directory.folder for k, run in enumerate(self.runs) if k not in self.failed]
        if good:
            lines.append(str(compare(good, one_group=True)))
        lines.append(f"The runs are in {self.folder}, a folder for each seed.")
        return models, "\n".join(lines)


@contextlib.contextmanager
def begun_together(task: Task, configs: Sequence[Any], seeds: Sequence[int]) -> Iterator[Together]:
    """A run for each seed, begun as ``begun`` begins one; their directories are held.

    Raises:
      ValueError: for what is wrong with one of them, fewer than two seeds, one given twice, a mesh,
        which trains one run on several devices, or networks that differ.
    """
    run = configs[0]
    if len(seeds) < 2 or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds: got {list(seeds)}, want two or more, all different")
    if run.mesh or processes.several():
        raise ValueError("seeds: got some with a mesh or several processes, want one device")
    if not run.workdir:
        raise ValueError("workdir: got none, want a folder")
    folder = Path(run.workdir)
    if (folder / RECORD).exists():
        raise ValueError(f"workdir: {folder} is one run, want a folder for {len(seeds)}")
    with contextlib.ExitStack() as stack:
        runs: list[Run] = []
        turn, program = threading.Lock(), functools.cache(lambda: _program(runs[0], runs[0]))
        for seed in seeds:
            own = dataclasses.replace(run, seed=seed, workdir=str(folder / f"seed{seed}"))
            begun_run = stack.enter_context(begun(task, [own, *configs[1:]]))
            begun_run.checkpoints.take_turns(turn)
            if runs:
                _check_same_step(begun_run, runs[0], program)
                # One model for all, so that what it compiles for evaluation is compiled once.
                begun_run = begun_run._replace(model=runs[0].model)
            runs.append(begun_run)
        yield Together(folder, runs)


def _check_same_step(run: Run, first: Run, program: Callable[[], str]) -> None:
    """Whether the step of the first run, which ``program`` makes, is that of another one too.

    Where the data is cut by the seed, vocabularies differ, and what a step was made of may: the
    number of words, the tags that may follow each other, the weights of classes.

    Raises:
      ValueError: where it is not.
    """
    same = run.record["data"] == first.record["data"]
    if same and run.data_set.vocabularies == first.data_set.vocabularies:
        return
    if _program(run, first) != program():
        one, other = run.configs[0].seed, first.configs[0].seed
        raise ValueError(
            f"seeds: got {one}, whose network is not that of {other}, since the seed cuts the data"
            " into parts; want data with files for train, valid and test"
        )


def _program(run: Run, first: Run) -> str:
    """The step of a run for a batch of the first one, constants included."""
    batch, key = first.data_set.parts["train"].source[0], jax.random.key(0)
    params = jax.eval_shape(run.training.init, key)
    state = jax.eval_shape(run.training.begin, params, key)
    step: Any = run.training.step
    return str(step.lower(state, batch, Adaptation(1.0, False)).as_text())


def train_seeds(
    task: str, /, *, seeds: int | Sequence[int], quiet: bool = False, **settings: Any
) -> list[Loaded | None]:
    """Trains a task once for each seed, all of them by one program, and gives their best models.

        runs = seqjax.train_seeds("tagging", data="folder", workdir="runs/x", seeds=8)
        print(seqjax.runs.compare(run.folder for run in runs))

    Each is the run that ``train`` makes with that seed, to rounding, in a folder of its own below
    ``workdir``: it can be loaded, compared, and trained further alone. The same call resumes.

    Args:
      task: one of ``seqjax.tasks.TASKS``.
      seeds: a number M for 0 to M - 1, or the seeds.
      quiet: says nothing.
      settings: those of the task, but ``seed``.

    Returns:
      A model for each seed; None where it became NaN or infinite, which disturbs no other.

    Raises:
      ValueError: as ``train`` does, and for seeds that are fewer than two, or too many for memory.
      KeyboardInterrupt: after Ctrl-C, with everything saved.
    """
    definition = checks.lookup("task", TASKS, task)
    if "seed" in settings:
        raise ValueError(f"seed: got {settings['seed']!r}, but seeds says which")
    configs = from_settings(definition.configs, settings)
    keep_memory()
    wanted = range(seeds) if isinstance(seeds, int) else list(seeds)
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
