"""What every training launch does, whatever the task.

if __name__ == "__main__":
training.launch(TASK)
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable
from typing import Any

from experiments import flags, launch
from experiments.processes import ProcessConfig, join
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.runs.run import remedy
from seqjax.runs.seeds import begun_together
from seqjax.tasks import Task
from seqjax.training import connection, processes
from seqjax.training.device_memory import TooManySeeds
from seqjax.training.interrupts import stopping
from seqjax.training.metric_accumulator import NonFinite


@dataclasses.dataclass(frozen=True)
class SeedsConfig:
    """Runs that differ in their seed alone, trained together by one program."""

    seeds: int = option(
        0, "train with the seeds 0 to this less one, together, each in a folder seed0, seed1, ..."
        " of --workdir; pays for small networks, on a CPU up to some 64 units; 0: one run"
    )  # fmt: skip


def train(task: Task, configs: list[Any], seeds: int = 0) -> int:
    """Trains, resumes, and reports, one run or one for each of the seeds; gives the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes(), connection.connected(preparing=True):
            run = stack.enter_context(_begun(task, configs, seeds))
        say = print if processes.first() else lambda *_, **__: None
        say(run.beginning, file=sys.stderr)
        try:
            with stopping(at_once=True) as stop, connection.connected():
                finished = run.train(stop)
                status = processes.agreed(stop.status)
        except NonFinite as error:
            say(f"error: {remedy(error, run)}", file=sys.stderr)
            return 1
        except TooManySeeds as error:
            say(f"error: {error}", file=sys.stderr)
            return 1
        if not finished or status:
            say(f"Stopped at step {run.done}; the same command resumes.", file=sys.stderr)
            return status
        with launch.mistakes(), connection.connected():
            _, report = run.finish()
            say(report)
            processes.until_all_are_done()
    return int(bool(run.failed))


def _begun(task: Task, configs: list[Any], seeds: int) -> contextlib.AbstractContextManager[Any]:
    """What has begun: a run, or one for each seed."""
    checks.natural("seeds", seeds)
    if not seeds:
        return runs.begun(task, configs)
    if configs[0].seed:
        raise ValueError(f"seed: got {configs[0].seed}, but seeds={seeds} says which; want one")
    return begun_together(task, configs, range(seeds))


def define(task: Task, *more: type) -> None:
    """Defines the flags of a task's settings, of several processes, and of ``more`` dataclasses."""
    flags.define(*task.configs, SeedsConfig, ProcessConfig, *more)


def settings(task: Task) -> list[Any]:
    """What the flags say; this process has joined the others then, if there are any.

    Raises:
      ValueError: for flags that are wrong, or others that cannot be reached.
    """
    configs: list[Any] = [flags.parse(config) for config in task.configs]
    join(flags.parse(ProcessConfig))
    return configs


def seeds() -> int:
    """How many the flags ask for; 0 for one run."""
    return flags.parse(SeedsConfig).seeds


def start(task: Task, *, before: Callable[..., None] = lambda *configs: None) -> None:
    """Defines the flags of a task's settings and trains; ``before(*configs)`` is called first."""

    def main() -> int:
        with launch.mistakes():
            configs = settings(task)
            before(*configs)
        return train(task, configs, seeds())

    define(task)
    launch.run(main)
