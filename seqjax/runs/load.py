"""A run directory that is opened again: its model, parameters, and what they mean."""

from __future__ import annotations

import os
from pathlib import Path

import jax

from seqjax.basics import checks
from seqjax.tasks import TASKS
from seqjax.tasks.finite import check_parameters
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.model import model_of
from seqjax.tasks.run_record import CHECKPOINTS, RECORD, read_record, read_vocabularies
from seqjax.tasks.settings import completed
from seqjax.training.checkpoints import Checkpoints


def load(folder: str | os.PathLike[str], which: str = "best", *, task: str = "") -> Loaded:
    """The model of a run directory: its checkpoint ``best`` in validation, or the ``newest``.

    While no evaluation has taken place, the best is the newest.

        run = seqjax.load("runs/mine")
        run.model, run.params, run.vocabulary

    Args:
      task: what it must be a run of, such as "tagging"; any where there is none.

    Raises:
      ValueError: if the folder is no run, or one of another task, has no checkpoint yet or a
        damaged one, or one with parameters that are not finite; for another ``which``.
    """
    if not isinstance(folder, str | os.PathLike) or "\0" in os.fspath(folder):
        raise ValueError(f"folder: got {folder!r}, want the folder of a run")
    folder = Path(folder).expanduser().absolute()
    record = read_record(folder)
    if task not in ("", record["task"]):
        raise ValueError(f"{folder}: is a run of {record['task']}, want one of {task}")
    checks.lookup("which", {"best": 0, "newest": 0}, which)
    definition = checks.lookup("task of the run", TASKS, record["task"])
    try:
        record = completed(definition.configs, record)
    except ValueError as error:
        raise ValueError(f"{folder / RECORD}: {error}") from None
    vocabularies = read_vocabularies(folder, record)
    try:
        model = model_of(definition, record, vocabularies)
        shapes = jax.eval_shape(model.init, jax.random.key(0))
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{folder}: run.json or a vocabulary.*.json is missing or lacks something ({error!r})"
        ) from error
    monitor = record.get("monitor", "loss")
    with Checkpoints(folder / CHECKPOINTS, monitor=monitor) as checkpoints:
        newest = checkpoints.latest()
        if newest is None:
            raise ValueError(f"{folder}: has no checkpoint yet")
        step = newest
        try:
            if which == "best" and definition.keep_best:
                step = checkpoints.best() or newest
            item = checkpoints.position(step)["use"]
            params = checkpoints.restore(step, {item: shapes})[item]
        except ValueError as error:
            raise ValueError(
                f"{_where(error, folder / CHECKPOINTS / str(step))}; want a copy of it"
                f"{_other(checkpoints, which, step)}; the command that trained the run goes on"
                " from the last checkpoint that is whole"
            ) from error
    check_parameters(params, str(folder / CHECKPOINTS / str(step)))
    return Loaded(definition, model, params, vocabularies, record, step, folder)


def _other(checkpoints: Checkpoints, which: str, step: int) -> str:
    """Which other checkpoint may be asked for, if there is one."""
    try:
        other = checkpoints.latest() if which == "best" else checkpoints.best()
    except ValueError:
        return ""
    name = "newest" if which == "best" else "best"
    return "" if other in (step, None) else f", or which={name!r}"


def _where(error: ValueError, checkpoint: Path) -> str:
    """The message, which names the checkpoint."""
    words = " ".join(str(error).split())
    if str(checkpoint.parent) in words:
        return words
    return f"{checkpoint}: cannot be read ({words[:200]})"
