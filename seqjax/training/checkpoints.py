"""Checkpoints of a run: the newest and the best, written beside the training by orbax."""

from __future__ import annotations

import json
import logging
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orbax.checkpoint as ocp
from orbax.checkpoint import checkpoint_managers as policies

from seqjax.basics.types import Tree
from seqjax.training import leaves

Json = dict[str, Any]
"""what JSON holds, by name"""
_RESERVED = {"position", "leaves", "metrics", "default"}


class Checkpoints:
    """The checkpoints in a folder; a context manager, which waits for the writing at its end.

    A checkpoint is <folder>/<step>. It is written under another name and then renamed, so it is
    there as a whole or not at all. What remains are the newest one and, with ``keep_best``, the one
    with the lowest figure ``monitor`` (the newer one of equals; NaN is never best).

    Writing goes on while training does. If it failed, the next call of any method raises an
    OSError, and checkpoints written before are untouched. Only one process may save to a folder;
    reading changes nothing in it.

    Args:
      folder: made by the first ``save``.
      keep_best: keep the best checkpoint beside the newest.
      monitor: the figure by which it is the best, the lowest.

    Raises:
      ValueError: for a folder with a damaged checkpoint.
    """

    def __init__(self, folder: Path, *, keep_best: bool = True, monitor: str = "loss") -> None:
        self._folder, self._monitor, self._keep_best = Path(folder).absolute(), monitor, keep_best
        logging.getLogger("absl").addFilter(_quiet)
        keep: list[Any] = [policies.LatestN(1)]
        if keep_best:
            keep.append(
                policies.BestN(
                    get_metric_fn=self._score,
                    reverse=True,
                    n=1,
                    keep_checkpoints_without_metrics=False,
                )
            )
        try:
            self._manager = ocp.CheckpointManager(
                self._folder,
                options=ocp.CheckpointManagerOptions(
                    create=False,
                    best_fn=self._score,
                    best_mode="min",
                    preservation_policy=policies.AnyPreservationPolicy(keep),
                ),
            )
        except Exception as error:  # of whatever kind orbax has for files that are no longer whole
            words = " ".join(str(error).split())[:200]
            raise ValueError(
                f"{self._folder}: a checkpoint cannot be read ({words}); where another one is"
                " there, remove the folder of the damaged one"
            ) from error

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self.wait()
        finally:
            self._manager.close()

    def save(
        self, step: int, items: dict[str, Tree], position: Json, figures: dict[str, float]
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
        args = self._arguments(items, position)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for unfinished in self._folder.glob("*.orbax-checkpoint-tmp*"):
                shutil.rmtree(unfinished)
            metrics = {name: float(value) for name, value in figures.items()}
            self._manager.save(step, args=args, metrics=metrics, force=True)
        except Exception as error:
            raise self._failure(error) from error

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
        """
        self.wait()
        step = self._manager.best_step()
        return None if step is None or math.isinf(self._score(self.figures(step))) else step

    def restore(self, step: int, like: dict[str, Tree]) -> dict[str, Tree]:
        """The items named in ``like``, each in the structure, and on the devices, of its tree.

        Leaves of ``like`` are arrays or jax.ShapeDtypeStruct; where it has a NumPy array, one is
        returned. Only these items are read.

        Raises:
          ValueError: if the step, an item or a leaf is not there, or has another shape or dtype.
          OSError: if the last writing failed.
        """
        saved = self._json(step, "leaves")
        want = {name: leaves.flatten(name, tree) for name, tree in like.items()}
        for name, tree in want.items():
            if name not in saved:
                raise ValueError(
                    f"{name}: got no such item in {self._folder / str(step)}, which has"
                    f" {', '.join(sorted(saved))}"
                )
            leaves.compare(saved[name], leaves.describe(tree), str(self._folder / str(step)))
        blanks = {name: leaves.blanks(tree) for name, tree in want.items()}
        args = {name: ocp.args.StandardRestore(_nonempty(tree)) for name, tree in blanks.items()}
        read = self._read(step, {name: arg for name, arg in args.items() if arg.item})
        return {
            name: leaves.rebuild(name, tree, {**blanks[name], **read.get(name, {})})
            for name, tree in like.items()
        }

    def position(self, step: int) -> Json:
        """The ``position`` saved with a step.

        Raises:
          ValueError: if the step is not there.
          OSError: if the last writing failed.
        """
        return self._json(step, "position")

    def figures(self, step: int) -> dict[str, float]:
        """The ``figures`` saved with a step.

        Raises:
          ValueError: if the step is not there.
          OSError: if the last writing failed.
        """
        self._check_step(step)
        return dict(self._manager.metrics(step) or {})

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

    def _arguments(self, items: Mapping[str, Tree], position: Json) -> ocp.args.Composite:
        if taken := _RESERVED & set(items):
            raise ValueError(f"items: got {taken.pop()!r}, a name that is taken; want another")
        flat = {name: leaves.flatten(name, tree) for name, tree in items.items()}
        described = {name: leaves.describe(tree) for name, tree in flat.items()}
        nonempty = {name: _nonempty(tree) for name, tree in flat.items()}
        args: dict[str, Any] = {
            name: ocp.args.StandardSave({path: leaves.owned(leaf) for path, leaf in tree.items()})
            for name, tree in nonempty.items()
            if tree
        }
        try:
            args["position"] = ocp.args.JsonSave(json.loads(json.dumps(position)))
        except TypeError as error:
            raise ValueError(f"position: {error}, want what JSON holds") from error
        return ocp.args.Composite(**args, leaves=ocp.args.JsonSave(described))

    def _json(self, step: int, name: str) -> Json:
        self._check_step(step)
        return dict(self._read(step, {name: ocp.args.JsonRestore()})[name])

    def _read(self, step: int, args: dict[str, Any]) -> Mapping[str, Any]:
        return self._manager.restore(step, args=ocp.args.Composite(**args)) if args else {}

    def _check_step(self, step: int) -> None:
        steps = self.steps()
        if step not in steps:
            content = f"which has {', '.join(map(str, steps))}" if steps else "which has none"
            content = content if self._folder.is_dir() else "a folder that does not exist"
            raise ValueError(f"step: got no checkpoint {step} in {self._folder}, {content}")

    def _score(self, figures: Mapping[str, float]) -> float:
        value = figures.get(self._monitor, math.inf)
        return value if math.isfinite(value) else math.inf

    def _failure(self, error: Exception) -> OSError:
        return OSError(f"{self._folder}: a checkpoint could not be written: {error}")


def _nonempty(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves with entries: orbax refuses others, and trees without any."""
    return {path: leaf for path, leaf in tree.items() if leaf.size}


def _quiet(record: logging.LogRecord) -> bool:
    """Holds back what orbax reports, unless somebody asks absl for more than warnings.

    It logs each failure with its trace, which is raised here anyway.
    """
    asked = logging.getLogger("absl").getEffectiveLevel() < logging.WARNING
    return asked or "orbax" not in Path(record.pathname).parts
