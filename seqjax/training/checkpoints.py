"""Checkpoints of a run: the two newest and the best, written beside the training by orbax."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

from seqjax.basics.types import Tree
from seqjax.training import checksums, leaves, processes, retention
from seqjax.training.checkpoint_items import FIGURES, LEAVES, POSITION, Json, restored
from seqjax.training.checkpoint_items import saved as save_arguments
from seqjax.training.retention import Score

__all__ = ["Checkpoints", "DamagedCheckpoint", "Json"]
ASIDE, UNFINISHED, REMOVED = ".damaged", "*.orbax-checkpoint-tmp*", "removed"
"""How folders are called that do not count. To remove one takes time: it is renamed before, so that
a process that is killed leaves no half of it under its name."""
PROVISIONAL, UNSCHEDULED = "provisional", "unscheduled"
"""Marks among the figures of a checkpoint."""


class DamagedCheckpoint(ValueError):
    """Files of a checkpoint that are gone, or not what was written."""


class Checkpoints:
    """The checkpoints in a folder; a context manager, which waits for the writing at its end.

    A checkpoint is <folder>/<step>. It is written under another name and then renamed, so it is
    there as a whole or not at all. What remains are the two newest and, with ``keep_best``, the one
    with the lowest figure ``monitor`` (the newer one of equals; NaN is never best). Figures that
    are ``provisional``, those of a run that ended between two evaluations, make a checkpoint the
    best only as long as it is the newest: the run, made longer, is as if it had not ended there.
    The newest that is not ``unscheduled``, written only because the run stopped or ended, remains
    too: ``back_to_scheduled`` goes there.

    What is read is compared with checksums of what was written: a disk that loses the end of a
    file, or a bit of it, is noticed. Nothing that is read is executed: it is JSON and arrays.

    Writing goes on while training does. If it failed, the next call of any method raises an
    OSError, and checkpoints written before are untouched. Only one process may save to a folder;
    reading changes nothing in it.

    Args:
      folder: made by the first ``save``.
      keep_best: keep the best checkpoint beside the newest.
      monitor: the figure by which it is the best, the lowest.
    """

    def __init__(self, folder: Path, *, keep_best: bool = True, monitor: str = "loss") -> None:
        self._folder, self._monitor, self._keep_best = Path(folder).absolute(), monitor, keep_best
        logging.getLogger("absl").addFilter(_quiet)
        self._scores: dict[int, Score] = {}
        self._has_saved = False
        self._turn: threading.Lock | None = None
        self._manager = ocp.CheckpointManager(
            self._folder,
            options=ocp.CheckpointManagerOptions(
                create=False,
                todelete_subdir=REMOVED,
                preservation_policy=retention.Preserved(self._kept),
                async_options=ocp.options.AsyncOptions(post_finalization_callback=self._sign),
                multiprocessing_options=_alone(),
            ),
        )

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self.wait()
        finally:
            self._manager.close()

    def save(
        self,
        step: int,
        items: dict[str, Tree],
        position: Json,
        figures: dict[str, float],
        *,
        provisional: bool = False,
        unscheduled: bool = False,
    ) -> None:
        """Begins to write; all of it is copied before this returns, so buffers may be donated.

        Each item is a tree of arrays (typed keys among them) and can be restored without the
        others. ``position`` is anything that JSON holds; tuples in it come back as lists.
        ``figures`` are those of an evaluation at this step; {} if there was none.
        A step that is there already is left as it is.

        Raises:
          ValueError: for an older step, a leaf that is no array, an item named like a file of the
            checkpoint's own, a position that JSON does not hold, or figures without ``monitor``.
          OSError: if it, or what was written before, could not be written.
        """
        steps = self.steps()
        if step in steps:
            return
        if steps and step < steps[-1]:
            raise ValueError(f"step: got {step}, want more than {steps[-1]}, the newest")
        if figures and self._keep_best and self._monitor not in figures:
            raise ValueError(f"figures: got {', '.join(figures)}, want {self._monitor} among them")
        numbers = {name: float(value) for name, value in figures.items()}
        marks = {PROVISIONAL: provisional, UNSCHEDULED: unscheduled}
        args = save_arguments(
            items, position, numbers | {name: 1.0 for name, holds in marks.items() if holds}
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for unfinished in self._folder.glob(UNFINISHED):
                shutil.rmtree(unfinished)
            # Before orbax, which is saving then, asks what is to be kept.
            self._scores = self._scores_of(steps)
            self._scores[step] = Score(self._score(numbers), provisional, unscheduled)
            self._has_saved = True
            with self._turn or contextlib.nullcontext():
                self._manager.save(step, args=args, force=True)
                if self._turn:
                    self._manager.wait_until_finished()
        except Exception as error:
            raise self._failure(error) from error

    def take_turns(self, turn: threading.Lock) -> None:
        """From now on a save ends before it returns, and others with this lock wait for it.

        For several in one process, which orbax would mix up: it tells apart what it is writing by
        a number of the process.
        """
        self._turn = turn

    def steps(self) -> list[int]:
        """All that are completely written, oldest first.

        Raises:
          OSError: if the last writing failed.
        """
        self.wait()
        return list(self._manager.all_steps())

    def latest(self) -> int | None:
        """The newest step, None if there is none.

        Raises:
          OSError: if the last writing failed.
        """
        return max(self.steps(), default=None)

    def best(self) -> int | None:
        """The step with the lowest figure ``monitor``, None if none has that figure.

        Raises:
          OSError: if the last writing failed.
          DamagedCheckpoint: for one whose figures cannot be read.
        """
        step = retention.lowest(self._scores_of(self.steps()))
        return None if step is None or math.isinf(self._score_of(step).value) else step

    def damaged(self) -> dict[int, str]:
        """Steps whose files are not what was written, with what is wrong; all are read.

        Nothing is known of those that were written before there were checksums.

        Raises:
          OSError: if the last writing failed.
        """
        reasons = {step: checksums.damage(self._folder / str(step)) for step in self.steps()}
        return {step: reason for step, reason in reasons.items() if reason}

    def set_aside(self, step: int) -> Path:
        """Renames a checkpoint, which counts no longer; returns the folder that it has now.

        Raises:
          OSError: if the last writing failed.
        """
        self.wait()
        aside = self._folder / f"{step}{ASIDE}"
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(self._folder / str(step), aside)
        self._scores.pop(step, None)
        self._manager.reload()
        return aside

    def back_to_scheduled(self) -> int | None:
        """Removes what is newer than the newest checkpoint that is not unscheduled; returns that.

        Where all are unscheduled, none is removed; None if there is none.

        Raises:
          OSError: if the last writing failed.
        """
        steps = self.steps()
        scheduled = retention.scheduled(self._scores_of(steps)) or steps
        for step in steps:
            if step > scheduled[-1]:
                self._manager.delete(step)
                self._scores.pop(step, None)
        return self.latest()

    def restore(self, step: int, like: dict[str, Tree]) -> dict[str, Tree]:
        """The items named in ``like``, each in the structure, and on the devices, of its tree.

        Leaves of ``like`` are arrays or jax.ShapeDtypeStruct; where it has a NumPy array, one is
        returned. Only these items are read.

        Raises:
          ValueError: if the step, an item or a leaf is not there, or has another shape or dtype.
          OSError: if the last writing failed.
        """
        where = str(self._folder / str(step))
        saved = self._json(step, LEAVES)
        want = {name: leaves.flatten(name, tree) for name, tree in like.items()}
        for name, tree in want.items():
            if name not in saved:
                raise ValueError(
                    f"{name}: got no such item in {where}, which has {', '.join(sorted(saved))}"
                )
            leaves.compare(saved[name], leaves.describe(tree), where)
        blanks = {name: leaves.blanks(tree) for name, tree in want.items()}
        arrays = self._read(step, restored(blanks))
        return {
            name: leaves.rebuild(name, tree, {**blanks[name], **arrays.get(name, {})})
            for name, tree in like.items()
        }

    def position(self, step: int) -> Json:
        """The ``position`` saved with a step.

        Raises:
          ValueError: if the step is not there.
          DamagedCheckpoint: if it is not what was written.
          OSError: if the last writing failed.
        """
        return self._json(step, POSITION)

    def figures(self, step: int) -> dict[str, float]:
        """The ``figures`` saved with a step.

        Raises:
          ValueError: if the step is not there.
          DamagedCheckpoint: if they are not what was written.
          OSError: if the last writing failed.
        """
        figures = self._figures(step)
        return {k: v for k, v in figures.items() if k not in (PROVISIONAL, UNSCHEDULED)}

    def _figures(self, step: int) -> dict[str, float]:
        """The figures as they were written, with the mark of provisional ones."""
        self._check_step(step)
        older = self._folder / str(step) / "metrics" / "metrics"  # as orbax writes figures itself
        if not older.exists():
            return self._json(step, FIGURES)
        try:
            return {name: float(value) for name, value in json.loads(older.read_text()).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise self._damage(step, error) from error

    def wait(self) -> None:
        """Returns when nothing is being written.

        Raises:
          OSError: if the last writing failed.
        """
        try:
            self._manager.wait_until_finished()
        except Exception as error:
            self._manager.reload()  # those it was going to remove are still there
            raise self._failure(error) from error
        if self._has_saved:
            shutil.rmtree(self._folder / REMOVED, ignore_errors=True)

    def _json(self, step: int, name: str) -> Json:
        self._check_step(step)
        return dict(self._read(step, {name: ocp.args.JsonRestore()})[name])

    def _read(self, step: int, args: dict[str, Any]) -> Mapping[str, Any]:
        for name in args:
            if reason := checksums.damage(self._folder / str(step), below=name):
                raise self._damage(step, reason)
        try:
            return self._manager.restore(step, args=ocp.args.Composite(**args)) if args else {}
        except Exception as error:  # of whatever kind orbax has for files that are no longer whole
            raise self._damage(step, error) from error

    def _damage(self, step: int, reason: object) -> DamagedCheckpoint:
        words = " ".join(str(reason).split())[:200]
        return DamagedCheckpoint(f"{self._folder / str(step)}: is damaged: {words}")

    def _sign(self) -> None:
        """Adds the checksums to a checkpoint that has been written, before it gets its name."""
        for unfinished in self._folder.glob(UNFINISHED):
            checksums.write(unfinished)

    def _check_step(self, step: int) -> None:
        steps = self.steps()
        if step not in steps:
            content = f"which has {', '.join(map(str, steps))}" if steps else "which has none"
            content = content if self._folder.is_dir() else "a folder that does not exist"
            raise ValueError(f"step: got no checkpoint {step} in {self._folder}, {content}")

    def _score(self, figures: Mapping[str, float]) -> float:
        value = figures.get(self._monitor, math.inf)
        return value if math.isfinite(value) else math.inf

    def _score_of(self, step: int) -> Score:
        if step not in self._scores:
            figures = self._figures(step)
            marks = (name in figures for name in (PROVISIONAL, UNSCHEDULED))
            self._scores[step] = Score(self._score(figures), *marks)
        return self._scores[step]

    def _kept(self, steps: Sequence[int]) -> set[int | None]:
        return retention.kept(self._scores_of(steps), self._keep_best)

    def _scores_of(self, steps: Sequence[int]) -> dict[int, Score]:
        return {step: self._score_of(step) for step in steps}

    def _failure(self, error: Exception) -> OSError:
        return OSError(f"{self._folder}: a checkpoint could not be written: {error}")


def _alone() -> ocp.options.MultiprocessingOptions:
    """Of several processes, each reads for itself and the first one writes: none waits."""
    if not processes.several():
        return ocp.options.MultiprocessingOptions()
    number = jax.process_index()
    return ocp.options.MultiprocessingOptions(
        primary_host=number, active_processes={number}, barrier_sync_key_prefix=f"{number}"
    )


def _quiet(record: logging.LogRecord) -> bool:
    """Holds back what orbax reports, unless somebody asks absl for more than warnings.

    It logs each failure with its trace, which is raised here anyway.
    """
    asked = logging.getLogger("absl").getEffectiveLevel() < logging.WARNING
    return asked or "orbax" not in Path(record.pathname).parts
