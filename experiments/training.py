"""What every training launch does, whatever the task.

if __name__ == "__main__":
training.launch(TASK)
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable
from typing import Any

from experiments import flags, launch
from experiments.processes import ProcessConfig, join
from seqjax import runs
from seqjax.runs.run import remedy
from seqjax.tasks import Task
from seqjax.training import processes
from seqjax.training.interrupts import stopping
from seqjax.training.metric_accumulator import NonFinite


def train(task: Task, configs: list[Any]) -> int:
    """Trains, resumes, and reports; returns the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            run = stack.enter_context(runs.begun(task, configs))
        say = print if processes.first() else lambda *_, **__: None
        say(run.beginning, file=sys.stderr)
        try:
            with stopping(at_once=True) as stop, processes.connected():
                finished = run.train(stop)
        except NonFinite as error:
            say(f"error: {remedy(error, run)}", file=sys.stderr)
            return 1
        if not finished or stop.status:
            say(f"Stopped at step {run.done}; the same command resumes.", file=sys.stderr)
            return stop.status or 128 + signal.SIGTERM  # which another process got
        with launch.mistakes(), processes.connected():
            _, report = run.finish()
        say(report)
    return 0


def define(task: Task, *more: type) -> None:
    """Defines the flags of a task's settings, of several processes, and of ``more`` dataclasses."""
    flags.define(*task.configs, ProcessConfig, *more)


def settings(task: Task) -> list[Any]:
    """What the flags say; this process has joined the others then, if there are any.

    Raises:
      ValueError: for flags that are wrong, or others that cannot be reached.
    """
    configs: list[Any] = [flags.parse(config) for config in task.configs]
    join(flags.parse(ProcessConfig))
    return configs


def start(task: Task, *, before: Callable[..., None] = lambda *configs: None) -> None:
    """Defines the flags of a task's settings and trains; ``before(*configs)`` is called first."""

    def main() -> int:
        with launch.mistakes():
            configs = settings(task)
            before(*configs)
        return train(task, configs)

    define(task)
    launch.run(main)
