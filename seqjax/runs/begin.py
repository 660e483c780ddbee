"""How a run begins: settings, directory and data are checked, by all processes alike."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from seqjax.runs.lock import hold
from seqjax.runs.memory_choice import check_memory_setting
from seqjax.runs.prepare import check_training, prepare
from seqjax.runs.recovery import check_log, sound_checkpoints
from seqjax.runs.run import Run
from seqjax.tasks.run_record import CHECKPOINTS
from seqjax.tasks.settings import RunConfig, as_json, check_run, nonfinite_rule
from seqjax.tasks.task import Task
from seqjax.training import processes
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.layout import layout
from seqjax.training.logs import Logs, NoLogs

FREE = {
    "workdir", "save_every", "log_every", "diagnostics", "tensorboard", "data", "vectors", "name",
    "mesh", "sharding", "nonfinite", "nonfinite_limit", "nonfinite_decay",
}  # fmt: skip
"""What may differ when a run is resumed. Of data and vectors the contents are compared."""


@contextlib.contextmanager
def begun(task: Task, configs: Sequence[Any]) -> Iterator[Run]:
    """A run whose directory is held until the block ends. Nothing is trained yet.

    Settings and directory are looked at before any data is read.

        with begun(task, from_settings(task.configs, settings)) as run:
            run.train()
            loaded, report = run.finish()

    Args:
      configs: instances of ``task.configs``, in their order.

    Raises:
      ValueError: for whatever is wrong; it names the setting, or the file and line.
    """
    run: RunConfig = configs[0]
    with processes.together():
        check_settings(task, configs)
        check_processes(run)
        grid, free = layout(run.mesh, run.sharding), FREE | task.free
    settings = as_json(*configs)
    processes.same("flags", settings)
    with contextlib.ExitStack() as stack:
        with processes.together():
            directory = stack.enter_context(hold(run.workdir))
            directory.same_settings(task.name, settings, free | {"epochs"})
            prepared = prepare(task, configs, (directory.old or {}).get("memory"))
            record, data_set, _, training = prepared
            if grid:
                grid.check(training.rows.number, training.rows.setting)
        processes.same("data", {f"data ({name})": mark for name, mark in record["data"].items()})
        free = free | ({"epochs"} if training.endless else set())
        folder, monitor = directory.folder, record["monitor"]
        with processes.together(in_turn=True):
            checkpoints = stack.enter_context(
                Checkpoints(folder / CHECKPOINTS, monitor=monitor, keep_best=task.keep_best)
            )
            if processes.first():
                directory.notes += sound_checkpoints(folder / CHECKPOINTS, checkpoints)
            check_log(folder)
            done, steps = checkpoints.latest() or 0, training.loop.steps
            if done > steps:
                raise ValueError(
                    f"epochs: got {run.epochs}, which are {steps} steps, but the run in {folder}"
                    f" has made {done}; want more epochs, or another --workdir"
                )
            token = uuid.uuid4().hex
            if processes.first():
                mark = {"token": token} if processes.several() else {}
                directory.describe({**record, **mark}, data_set.vocabularies, free)
            logs: Logs = NoLogs(folder)
            if processes.first():
                logs = stack.enter_context(Logs(folder, tensorboard=run.tensorboard))
        processes.check_shared(folder, token)
        yield Run(task, configs, *prepared, grid, directory, checkpoints, logs)


def check_settings(task: Task, configs: Sequence[Any]) -> None:
    """What needs no data, of one process.

    Raises:
      ValueError: names the setting.
    """
    check_run(configs[0])
    task.check(*configs)
    check_memory_setting(task, configs)
    check_training(configs)


def check_processes(run: RunConfig) -> None:
    """Refuses what several processes cannot do together.

    Raises:
      ValueError: names the setting.
    """
    if processes.several() and run.memory:
        raise ValueError(
            f"memory: got {run.memory!r} with several processes, which share a step; want one"
        )
    if processes.several() and nonfinite_rule(run).rule == "back":
        raise ValueError(
            "nonfinite: got back, but several processes cannot go back; want stop or skip"
        )
