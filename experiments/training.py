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
from seqjax.runs.members import several
from seqjax.runs.run import remedy
from seqjax.runs.together import begun_together
from seqjax.tasks import Task
from seqjax.training import connection, processes
from seqjax.training.device_memory import TooManyRuns
from seqjax.training.interrupts import stopping
from seqjax.training.metric_accumulator import NonFinite


@dataclasses.dataclass(frozen=True)
class SeedsConfig:
    """Runs trained together by one program: seeds, and numbers as in --rate=0.1,0.3."""

    seeds: int = option(
        0, "train with the seeds 0 to this less one, each in a folder seed0, seed1, ... of"
        " --workdir; settings that are numbers may be several, with commas between them, and each"
        " combination is trained; pays for small networks, on a CPU up to some 32 units; 0: one"
    )  # fmt: skip


def train(task: Task, configs: list[Any], seeds: int = 0) -> int:
    """Trains, resumes, and reports, one run or several together; gives the exit status."""
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
        except TooManyRuns as error:
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
    """What has begun: a run, or several."""
    checks.natural("seeds", seeds)
    if not seeds and not several(configs):
        return runs.begun(task, configs)
    seed = configs[0].seed
    if seeds and seed:
        raise ValueError(f"seed: got {seed}, but seeds={seeds} says which; want one")
    return begun_together(task, configs, range(seeds) if seeds else [seed])


def define(task: Task, *more: type) -> None:
    """Defines the flags of a task's settings, of several processes, and of ``more`` dataclasses."""
    configs = *task.configs, SeedsConfig, ProcessConfig, *more
    flags.define(*configs, several=task.configs)


def settings(task: Task) -> list[Any]:
    """What the flags say, several numbers as a tuple.

    This process has joined the others then, if there are any.

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
