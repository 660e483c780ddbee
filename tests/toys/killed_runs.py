"""Training launches that are killed with SIGKILL at seeded moments, and what they leave."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp
from paths import ROOT
from task_cases import CASES

from seqjax.runs import CHECKPOINTS
from seqjax.training import logs
from seqjax.training.checkpoint_items import FIGURES, LEAVES, POSITION
from seqjax.training.checksums import NAME as CHECKSUMS

MODULES = {
    "classification": "classify",
    "composition": "compose",
    "language_model": "language_model",
    "regression": "regress",
    "tagging": "tag",
    "transcription": "transcribe",
    "translation": "translate",
    "word_vectors": "vectors",
}
"""The launch of each task, in ``experiments``."""
OFTEN = {"evaluate_every": 14, "save_every": 4, "log_every": 3}
"""For some fifty steps, in each of which, and between which, a kill may fall."""
LONG = {"evaluate_every": 90, "save_every": 24, "log_every": 25}
"""For some hundreds."""
MANY_STEPS = {"language_model", "word_vectors"}
CLOCK = {"seconds", "input_wait"}
NOT_COMPARED = {"lock", logs.NAME}


def command(task: str, workdir: Path, **settings: Any) -> list[str]:
    """The launch of a task with tiny settings."""
    (case,) = [case for case in CASES if case.name == task]
    values = {**case.settings, **(LONG if task in MANY_STEPS else OFTEN), **settings}
    flags = [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in values.items()
    ]
    module = f"experiments.{MODULES[task]}"
    return [sys.executable, "-m", module, *flags, f"--workdir={workdir}"]


@contextlib.contextmanager
def started(arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The launch as a process of its own; its report goes nowhere, its errors into a file."""
    with (
        folder.with_suffix(".errors").open("wb") as errors,
        subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors) as process,
    ):
        yield process


def errors_of(folder: Path) -> str:
    """What the newest launch has said on standard error."""
    return folder.with_suffix(".errors").read_text("utf-8")


class Whole(NamedTuple):
    """A run that nobody interrupted."""

    until_training: float
    """seconds from its start to its first checkpoint"""
    changes: int
    """of its folder"""


def changes_of(folder: Path) -> tuple[Any, ...]:
    """The names below a folder, and the length of the log."""
    names = sorted(os.path.join(*each) for each in _walk(folder))
    try:
        return *names, (folder / logs.NAME).stat().st_size
    except FileNotFoundError:
        return tuple(names)


def _walk(folder: Path) -> list[tuple[str, str]]:
    return [(path, name) for path, folders, files in os.walk(folder) for name in (*folders, *files)]


def undisturbed(arguments: list[str], folder: Path) -> Whole:
    """Runs a launch to its end."""
    began, first, changes, before = time.monotonic(), 0.0, 0, None
    with started(arguments, folder) as process:
        while process.poll() is None:
            now = changes_of(folder)
            changes, before = changes + (now != before), now
            if not first and (folder / CHECKPOINTS).exists():
                first = time.monotonic() - began
            time.sleep(0.002)
    assert process.returncode == 0, errors_of(folder)
    assert "orbax" not in errors_of(folder)  # libraries are quiet
    return Whole(first, changes)


def kill_once(arguments: list[str], folder: Path, whole: Whole, draw: random.Random) -> str:
    """Starts the launch and kills it; returns when that was, or "ended" if it was sooner."""
    if draw.random() < 0.4:  # while it imports, prepares, compiles
        seconds, changes = draw.uniform(0, whole.until_training), 10**9
    else:  # while it steps, evaluates, saves, logs
        seconds, changes = 1e9, draw.randint(1, max(2, whole.changes // 12))
    began, before, seen = time.monotonic(), changes_of(folder), 0
    with started(arguments, folder) as process:
        while time.monotonic() - began < seconds and seen < changes:
            if process.poll() is not None:
                assert process.returncode == 0, errors_of(folder)
                return "ended"
            now = changes_of(folder)
            seen, before = seen + (now != before), now
            time.sleep(draw.uniform(0, 0.002))  # at another distance from a change each time
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert "Traceback" not in errors_of(folder), errors_of(folder)
    return f"{seconds:.2f} s" if seconds < 1e9 else f"change {changes}"


def kill_at_the_end(arguments: list[str], folder: Path) -> None:
    """Kills a launch when the line of the test is in its log, while it reports."""
    log = folder / logs.NAME
    with started(arguments, folder) as process:
        while not (log.exists() and b'"test"' in log.read_bytes()):
            assert process.poll() is None, errors_of(folder)
            time.sleep(0.001)
        process.kill()


def contents(folder: Path) -> dict[str, Any]:
    """Everything that a run leaves, but for what a clock says."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and CHECKPOINTS not in path.parts and path.name not in NOT_COMPARED
    }
    rows = [
        {k: v for k, v in row.items() if k not in CLOCK and not k.endswith("per_second")}
        for row in logs.read(folder / logs.NAME)
    ]
    checkpoints = {path.name: _checkpoint(path) for path in (folder / CHECKPOINTS).iterdir()}
    return {"files": files, "log": rows, "checkpoints": checkpoints}


def _checkpoint(step: Path) -> dict[str, Any]:
    """Arrays by item and path, and what JSON holds."""
    held: dict[str, Any] = {}
    for item in step.iterdir():
        if item.name in (POSITION, FIGURES, LEAVES):
            held[item.name] = json.loads((item / "metadata").read_text())
        elif item.is_dir():
            with ocp.StandardCheckpointer() as reader:
                held[item.name] = jax.tree.map(np.asarray, reader.restore(item))
    assert (step / CHECKSUMS).exists()
    return held


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of what differs between two runs."""
    found = [kind for kind in ("files", "log") if one[kind] != other[kind]]
    if set(one["checkpoints"]) != set(other["checkpoints"]):
        return [*found, f"steps {sorted(one['checkpoints'])} and {sorted(other['checkpoints'])}"]
    for step, held in one["checkpoints"].items():
        equal = jax.tree.map(_equal, held, other["checkpoints"][step])
        found += [
            f"checkpoint {step}{jax.tree_util.keystr(path)}"
            for path, each in jax.tree_util.tree_leaves_with_path(equal)
            if not each
        ]
    return found


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(a == b)
