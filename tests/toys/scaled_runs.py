"""Tiny runs on one device, over a mesh, and in several processes on this machine."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from paths import ROOT

from seqjax.training import logs

MODULES = {
    "classification": "classify",
    "language_model": "language_model",
    "tagging": "tag",
    "word_vectors": "vectors",
}
SMALL = {"hidden": 8, "batch": 16, "epochs": 2, "log_every": 1, "seed": 3}
SETTINGS: dict[str, dict[str, Any]] = {
    "classification": {**SMALL, "shapes": 1, "cell": "gru", "dropout": 0.2},
    "language_model": {**SMALL, "window": 20, "dropout": 0.2, "clip": 0.2, "save_every": 5},
    "tagging": {**SMALL, "shapes": 1, "dropout": 0.2, "characters": "none"},
    "word_vectors": {
        "size": 8, "minimum": 1, "chunk": 64, "block": 8, "piece": 128, "epochs": 2,
        "log_every": 1, "seed": 3, "sample": 0.0,
    },
}  # fmt: skip
"""Two epochs, so that the order of the second one counts; noise, and batches not quite full."""
WORDS = [
    "ada", "met", "bob", "in", "rome", "today", "and", "saw", "the", "old", "city", "of", "new",
    "york", "again", "with", "him",
]  # fmt: skip
TAGS = {"ada": "B-PER", "bob": "B-PER", "rome": "B-LOC", "york": "B-LOC"}


def write_data(folder: Path, task: str) -> Path:
    """A file that the task can be trained on: some ten batches."""
    draw = random.Random(5)
    sentences = [draw.choices(WORDS, k=draw.randint(3, 9)) for _ in range(150)]
    path = folder / f"{task}.tsv"
    if task == "tagging":
        blocks = ["".join(f"{w}\t{TAGS.get(w, 'O')}\n" for w in words) for words in sentences]
        text = "\n".join(blocks)
    elif task == "classification":
        rows = [
            f"{'with' if 'ada' in words else 'without'}\t{' '.join(words)}\n" for words in sentences
        ]
        text = "label\ttext\n" + "".join(rows)
    else:
        text = "".join(f"{' '.join(words)}\n" for words in sentences)
    path.write_text(text, "utf-8")
    return path


def command(task: str, workdir: Path, *more: str, **settings: Any) -> list[str]:
    """The launch of a task; its data lies beside the run's folder."""
    path = workdir.parent / f"{task}.tsv"
    if not path.exists():
        write_data(workdir.parent, task)
    values = {**SETTINGS[task], "data": path, "workdir": workdir, **settings}
    flags = [f"--{name}={value}" for name, value in values.items()]
    return [sys.executable, "-m", f"experiments.{MODULES[task]}", *flags, *more]


def losses(folder: Path) -> dict[tuple[int, str], float]:
    """(step, kind of line) -> the loss there."""
    rows = logs.read(folder / logs.NAME)
    return {(row["step"], row["kind"]): row["loss"] for row in rows}


def same_curve(got: Path, want: Path, tolerance: float = 1e-5, lines: int = 11) -> None:
    """The run has all lines of the one that is wanted, whose losses are equal to rounding."""
    first, second = losses(got), losses(want)
    assert set(second) <= set(first)
    assert len(first) >= lines
    for line, loss in second.items():
        np.testing.assert_allclose(first[line], loss, rtol=tolerance, err_msg=str(line))


def environment(devices: int = 1) -> dict[str, str]:
    """Of a process that has so many virtual devices."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": paths}


def finished(arguments: Sequence[str], devices: int = 1) -> subprocess.CompletedProcess[str]:
    """A launch that has ended."""
    return subprocess.run(
        arguments, cwd=ROOT, env=environment(devices), capture_output=True, text=True, timeout=300
    )


class Group:
    """Processes that train one model together."""

    def __init__(
        self, commands: Sequence[Sequence[str]], folder: Path, cwds: Sequence[Path] = ()
    ) -> None:
        self.errors = [folder / f"process{k}.errors" for k in range(len(commands))]
        self.processes = []
        cwds = cwds or [ROOT] * len(commands)
        for arguments, path, cwd in zip(commands, self.errors, cwds, strict=True):
            with path.open("wb") as file:
                self.processes.append(
                    subprocess.Popen(
                        arguments, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL,
                        stderr=file,
                    )
                )  # fmt: skip

    def wait(self, seconds: float = 300) -> list[int]:
        """The exit status of each."""
        return [process.wait(seconds) for process in self.processes]

    def said(self, number: int) -> str:
        """What a process has said on standard error."""
        return self.errors[number].read_text("utf-8")


@contextlib.contextmanager
def group(
    count: int,
    task: str,
    workdir: Path,
    *,
    other: dict[str, Any] | None = None,
    cwds: Sequence[Path] = (),
    **settings: Any,
) -> Iterator[Group]:
    """``count`` processes of one run; ``other`` are settings of the last one alone.

    With ``cwds`` each has a working directory of its own, and the run's folder is named in it.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    commands = []
    for number in range(count):
        more = [f"--coordinator=127.0.0.1:{port}", f"--processes={count}", f"--process={number}"]
        own = {**settings, **(other or {})} if number == count - 1 else settings
        arguments = command(task, workdir, *more, **own)
        commands.append([*arguments, f"--workdir={workdir.name}"] if cwds else arguments)
    processes = Group(commands, workdir.parent, cwds)
    try:
        yield processes
    finally:
        for process in processes.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()


def reached(folder: Path, steps: int, processes: Group, seconds: float = 240) -> None:
    """Returns when the log of a run has a line of that step."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert all(process.poll() is None for process in processes.processes), processes.said(0)
        with contextlib.suppress(OSError, ValueError):
            if any(step >= steps for step, _ in losses(folder)):
                return
        time.sleep(0.05)
    raise AssertionError(f"no step {steps} after {seconds} seconds: {processes.said(0)}")
