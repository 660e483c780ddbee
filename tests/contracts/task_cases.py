"""A row for each task: a run of a few steps on what needs no file, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.builtin.beeps import beeps


class TaskCase(NamedTuple):
    """How the suite trains and asks a task."""

    name: str
    settings: dict[str, Any]
    """of a tiny network and one short pass over embedded data"""
    inputs: Callable[[Path], Sequence[Any]]
    """folder -> inputs, the second a shorter one; files are written into the folder"""
    files: Callable[[Path], str]
    """folder -> a file, written there, that the run can be evaluated on"""


def inputs(*values: Any) -> Callable[[Path], Sequence[Any]]:
    return lambda folder: values


def lines(*rows: str, name: str = "new.txt") -> Callable[[Path], str]:
    """Writes a text file."""

    def write(folder: Path) -> str:
        path = folder / name
        path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        return str(path)

    return write


def wave(name: str, steps: int) -> Callable[[Path], str]:
    """Writes a CSV file with the column of the embedded series."""
    levels = 20 + np.sin(np.arange(steps) / 3)
    return lines("level", *(f"{level:.4f}" for level in levels), name=name)


def recording(name: str, number: int) -> Callable[[Path], str]:
    """Writes an array of features; its name says what it is of."""

    def write(folder: Path) -> str:
        frames, said = beeps()["test"][number]
        path = folder / f"{said[0]}_{name}_{number}.npy"
        np.save(path, frames)
        return str(path)

    return write


def recordings(folder: Path) -> str:
    """Writes a folder of two arrays."""
    (folder / "new").mkdir()
    for number in (0, 1):
        recording("new", number)(folder / "new")
    return str(folder / "new")


SMALL = {"hidden": 4, "cell": "rnn", "driver": "sequential", "epochs": 1, "log_every": 3}
CASES = [
    TaskCase(
        "classification",
        {**SMALL, "batch": 20, "shapes": 1, "embedding": 4},
        inputs("a list of words", "import", "what a class statement does"),
        lines("text\tlabel", "the list of all items\tcontainers", name="new.tsv"),
    ),
    TaskCase(
        "composition",
        {**SMALL, "batch": 4, "shapes": 1},
        inputs([60, 64, 67], [], [48]),
        lines('{"train": [[[60, 64], [62], []]]}', name="new.json"),
    ),
    TaskCase(
        "language_model",
        {**SMALL, "batch": 32, "window": 32, "embedding": 4},
        inputs("the cat", "a", "what is it?"),
        lines("What a string is made of.", "It is made of characters. " * 20),
    ),
    TaskCase(
        "regression",
        {**SMALL, "batch": 4},
        lambda folder: [wave("one.csv", 12)(folder), wave("other.csv", 7)(folder)],
        wave("new.csv", 40),
    ),
    TaskCase(
        "tagging",
        {**SMALL, "data": "motif_tags", "minimum": 1, "batch": 60, "shapes": 1,
         "characters": "none", "bidirectional": False},
        inputs(["A", "C"], ["T"], ["G", "G", "A", "C"]),
        lines("A\tO", "C\tO", "", "T\tO"),
    ),
    TaskCase(
        "transcription",
        {**SMALL, "batch": 15, "shapes": 1},
        lambda folder: [recording("one", 1)(folder), recording("other", 0)(folder)],
        recordings,
    ),
    TaskCase(
        "translation",
        {**SMALL, "batch": 300, "shapes": 1},
        inputs("12 december 2001", "3 may 1979"),
        lines("3 may 1979\t1979-05-03"),
    ),
    TaskCase(
        "word_vectors",
        {"size": 4, "minimum": 2, "chunk": 64, "piece": 2048, "sample": 0.0, "epochs": 1,
         "log_every": 3},
        inputs("the", "string"),
        lines("the string is a string of the " * 20),
    ),
]  # fmt: skip

BUCKETS = ("composition", "tagging", "transcription", "translation")
"""Tasks whose places in the data and steps are those of classification: of buckets, by optax."""
