"""A small training run that is stopped and resumed, beside one that is not."""

from __future__ import annotations

import functools
import itertools
import random
import tempfile
from pathlib import Path
from typing import Any

import jax
import numpy as np

from experiments.benchmark.log import FAILED, MEASURED, Job, Line
from seqjax.runs.begin import begun
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings

LIMIT = 1e-3
"""A GPU adds the gradients of an embedding in any order, so that runs may differ in rounding."""
WORDS = ("the", "cat", "dog", "sat", "ran", "on", "mat", "red", "house", "and", "a", "bird", "flew")


def resume_job(hidden: int) -> Job:
    """Of a language model."""
    settings = {"hidden": hidden, "limit": LIMIT}
    return Job("resume", "language model", settings, functools.partial(resume, hidden))


def resume(hidden: int) -> list[Line]:
    """The difference of the weights at the end, and whether the loss fell."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(sentences(150), encoding="utf-8")
        one, losses = trained(text, Path(folder) / "one", hidden)
        trained(text, Path(folder) / "two", hidden, stop_after=5)
        two, _ = trained(text, Path(folder) / "two", hidden)
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True)
    difference = max(float(np.abs(a - b).max()) for a, b in pairs)
    notes = []
    if not difference <= LIMIT:
        notes.append(f"weights differ by {difference:.2g}, want {LIMIT} at most")
    if not losses[-1] < losses[0]:
        notes.append(f"the loss went from {losses[0]:.3f} to {losses[-1]:.3f}, want it to fall")
    return [
        {
            "status": FAILED if notes else MEASURED, "note": "; ".join(notes),
            "first_loss": losses[0], "last_loss": losses[-1],
            "difference_of_weights": f"{difference:.1e}" if difference else "none, bit for bit",
        }
    ]  # fmt: skip


def trained(
    text: Path, workdir: Path, hidden: int, stop_after: int | None = None
) -> tuple[Any, list[float]]:
    """(weights, losses on the validation part) of a run, which may stop after some steps."""
    task = TASKS["language_model"]
    settings = {"data": str(text), "workdir": str(workdir), "hidden": hidden,
                "layers": 1, "epochs": 3, "window": 16, "batch": 8}  # fmt: skip
    steps = itertools.count(1)
    with begun(task, from_settings(task.configs, settings)) as run:
        finished = run.train(lambda: next(steps) == stop_after, quiet=True)
        if finished != (stop_after is None):
            raise RuntimeError(f"the run ended at step {run.done}, want {stop_after}")
        if not finished:
            return None, []
        loaded, _ = run.finish()
    losses = loaded.history()["valid"]["loss"].tolist()
    return jax.tree.map(np.asarray, loaded.params), losses


def sentences(count: int) -> str:
    """Lines of a few words each, seeded."""
    draw = random.Random(0)
    return "".join(f"{' '.join(draw.choices(WORDS, k=6))}.\n" for _ in range(count))
