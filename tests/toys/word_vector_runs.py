"""Tiny runs of word vectors, on texts of a few words."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import jax
import launches
import numpy as np

from seqjax import runs
from seqjax.runs.prepare import Prepared
from seqjax.tasks.word_vectors import TASK
from seqjax.training import logs
from seqjax.training.checkpoints import Checkpoints

TINY = (
    "--size=6", "--window=2", "--chunk=32", "--piece=200", "--epochs=2", "--held_out=0.1",
    "--sample=0", "--log_every=3",
)  # fmt: skip
TIMES = ("seconds", "input_wait")


def text(folder: Path, count: int = 1500, more: str = "", seed: int = 0) -> Path:
    """A file of 16 words, every second one of which belongs to that before it."""
    draw = random.Random(seed)
    firsts = draw.choices("abcdefgh", k=count // 2)
    path = folder / f"text{seed}{len(more)}.txt"
    path.write_text(more + " ".join(f"{a} {a}{a}" for a in firsts) + "\n")
    return path


def flags_of(path: Path, *arguments: str) -> list[str]:
    """Those of a tiny run on a text."""
    return [*TINY, f"--data={path}", *arguments]


def prepared(path: Path, *arguments: str) -> Prepared:
    """Data, model and training of a tiny run."""
    return launches.prepared(TASK, *flags_of(path, *arguments))


def train(folder: Path, flags: list[str], stop: Any = lambda: False) -> Any:
    """Trains, without the report at the end; the model, which has its programs."""
    configs = launches.given(TASK, *flags, f"--workdir={folder}")
    with runs.begun(TASK, configs) as run:
        run.train(stop, quiet=True)
        return run.model


def saved(folder: Path, run: Prepared) -> tuple[int, dict[str, Any], dict]:
    """Everything in the newest checkpoint: (step, leaves, place in the data)."""
    params = run.training.init(jax.random.key(0))
    whole = run.training.begin(params, jax.random.key(0))
    like = {"params": whole.params, "rest": whole._replace(params=None, average=None)}
    with Checkpoints(folder / runs.CHECKPOINTS, keep_best=False) as checkpoints:
        step = checkpoints.latest()
        items, place = checkpoints.restore(step, like), checkpoints.position(step)
    items["rest"] = items["rest"]._replace(key=jax.random.key_data(items["rest"].key))
    return step, items, place


def figures(folder: Path) -> list[dict[str, Any]]:
    """metrics.jsonl without what a clock says."""
    rows = logs.read(folder / logs.NAME)
    return [
        {k: v for k, v in row.items() if k not in TIMES and "per_second" not in k} for row in rows
    ]


def equal(one: Any, other: Any) -> None:
    """Bit for bit."""
    jax.tree.map(np.testing.assert_array_equal, one, other)
