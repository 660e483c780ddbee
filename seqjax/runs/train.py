"""Training from Python: a task by name, settings by name."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

from seqjax.basics import checks, console
from seqjax.basics.memory import keep_memory
from seqjax.runs.begin import begun
from seqjax.tasks import TASKS
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import from_settings
from seqjax.training import connection, processes
from seqjax.training.interrupts import stopping


def train(task: str, /, *, quiet: bool = False, **settings: Any) -> Loaded:
    """Trains a model of a task, and gives what ``load`` gives: the best checkpoint.

        run = seqjax.train("tagging", data="names.conll", workdir="runs/x", cell="gru", epochs=3)

    It does what the launch of the task does, with the same settings by the same names, the same
    checks, progress, run directory and resumption: the same call again goes on where it stopped.
    The first Ctrl-C ends it after the step at hand, with everything saved. Of several processes,
    joined by ``jax.distributed.initialize`` before, all make the same call; one that loses the
    others ends with one line and status 1.

    Args:
      task: one of ``seqjax.tasks.TASKS``.
      quiet: says nothing: neither the summary and progress on standard error nor the report.
      settings: those of the task; ``workdir`` and the rest have defaults.

    Raises:
      ValueError: for a setting that is unknown, wrong, or contradicts another, and for data that
        cannot be read; it names the setting, or the file and line.
      NonFinite: a loss or gradient became NaN or infinite; the checkpoint before it stands.
      KeyboardInterrupt: after Ctrl-C.
    """
    definition = checks.lookup("task", TASKS, task)
    configs = from_settings(definition.configs, settings)
    keep_memory()
    quiet = quiet or not processes.first()
    report_progress: Callable[[str], object] = (lambda text: None) if quiet else _to_stderr
    with (
        console.escaping(),
        connection.connected(preparing=True),
        begun(definition, configs) as run,
        connection.connected(),
    ):
        report_progress(run.beginning)
        with stopping(at_once=True) as stop:
            finished = run.train(stop, quiet=quiet)
            status = processes.agreed(stop.status)
        if not finished or status:
            report_progress(f"Stopped at step {run.done}; the same call resumes.")
            if status == 128 + signal.SIGTERM:
                raise SystemExit(status)
            raise KeyboardInterrupt
        loaded, report = run.finish()
        if not quiet:
            print(report)
        processes.until_all_are_done()
    return loaded


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
