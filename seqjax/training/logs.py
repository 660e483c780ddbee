"""Figures of a run: one JSON object a line in metrics.jsonl, and TensorBoard if wanted."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from seqjax.basics.whole_file import whole_file

NAME = "metrics.jsonl"
KINDS = ("train", "valid", "test")
FIELDS = ("step", "kind", "seconds")
"""of every line; all others are figures"""


class Logs:
    """Appends figures to metrics.jsonl in the folder of a run; a context manager.

    A line is {"step": 300, "kind": "train", "seconds": 1.7e9, "loss": 2.1, ...}, seconds since the
    epoch. It is strict JSON: NaN and infinities are the strings "NaN", "Infinity", "-Infinity".
    A resumed run calls ``rewind`` before it writes.

    Args:
      folder: made if missing.
      tensorboard: writes event files to folder/tensorboard too.

    Raises:
      ImportError: if TensorBoard is wanted and tensorboardX is not installed.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._board = _board(self._folder) if tensorboard else None
        self._file = _without_torn_line(self._folder / NAME).open("a", encoding="utf-8")

    @property
    def folder(self) -> Path:
        """Of the run."""
        return self._folder

    def write(self, step: int, kind: str, figures: Mapping[str, float]) -> None:
        """Adds a line that survives a kill of the process from here on.

        Raises:
          ValueError: for another kind than train, valid and test, or a figure named like a field.
        """
        if kind not in KINDS:
            raise ValueError(f"kind: got {kind!r}, want one of {', '.join(KINDS)}")
        taken = sorted(set(figures) & set(FIELDS))
        if taken:
            raise ValueError(f"figures: got one named {taken[0]!r}, which every line has already")
        values = {name: float(value) for name, value in figures.items()}
        line = {"step": int(step), "kind": kind, "seconds": round(time.time(), 3)}
        line |= {name: _strict(value) for name, value in values.items()}
        self._file.write(json.dumps(line, allow_nan=False) + "\n")
        self._file.flush()
        if self._board:
            for name, value in values.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)

    def rewind(self, step: int, *, without: Collection[str] = ()) -> None:
        """Forgets all lines after ``step``, so that a resumed run may write them again.

        Lines of the kinds ``without`` at that very step are forgotten too: those that were written
        there only because the run, which is made longer now, ended.

        The file is written aside and renamed: a kill leaves the old one or the new one. TensorBoard
        is told to hide the later points.

        Raises:
          ValueError: for a line that is not one of ``Logs``, with its number.
        """
        path = self._folder / NAME
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        rows = read(path)
        kept = [
            line
            for line, row in zip(lines, rows, strict=True)
            if row["step"] < step or (row["step"] == step and row["kind"] not in without)
        ]
        if len(kept) < len(lines):
            with whole_file(path) as temporary:
                temporary.write_text("".join(kept), encoding="utf-8")
                self._file.close()
            self._file = path.open("a", encoding="utf-8")
        if self._board:
            self._board.close()
            self._board = _board(self._folder, purge_step=step + 1)

    def close(self) -> None:
        """Ends writing; leaving the ``with`` block does the same."""
        self._file.close()
        if self._board:
            self._board.close()

    def __enter__(self) -> Logs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class NoLogs(Logs):
    """Of a process that does not write."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def write(self, step: int, kind: str, figures: Mapping[str, float]) -> None:
        """Nothing."""

    def rewind(self, step: int, *, without: Collection[str] = ()) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics.jsonl as dicts, figures as floats; an unfinished last one is left out.

    Raises:
      OSError: if there is no such file.
      ValueError: for a line that is not one of ``Logs``, with its number.
    """
    # A bit that has flipped may leave what is no UTF-8: that line is no JSON either, and is named.
    lines = Path(path).read_text("utf-8", "backslashreplace").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
    return [_read(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def arrays(path: Path) -> dict[str, dict[str, np.ndarray]]:
    """The figures of a metrics.jsonl by kind of line and name, float64 [N] each; "step" is int.

    A figure that one of the N lines of a kind does not have is NaN there.

    Raises:
      ValueError: if there is no such file, or it is no log.
    """
    if not Path(path).exists():
        raise ValueError(f"{path}: got no metrics there")
    rows = read(path)
    by_kind = {kind: [row for row in rows if row["kind"] == kind] for kind in KINDS}
    names = {k: dict.fromkeys(name for row in v for name in row) for k, v in by_kind.items()}
    return {
        kind: {
            name: np.array(
                [row.get(name, math.nan) for row in lines], int if name == "step" else float
            )
            for name in names[kind]
            if name != "kind"
        }
        for kind, lines in by_kind.items()
    }


def _read(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if type(row["step"]) is not int or row["kind"] not in KINDS:
            raise ValueError
        if not 0 <= row["step"] < 2**63:
            raise ValueError
        return {k: v if k in ("step", "kind") else float(v) for k, v in row.items()}
    except (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        RecursionError,
        OverflowError,
    ) as error:
        got = line.strip()[:200]
        raise ValueError(f"{where}: got {got!r}, want a JSON object of figures") from error


def _strict(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _without_torn_line(path: Path) -> Path:
    """The path, its file without the torn last line that a kill may leave."""
    if path.exists():
        size = path.read_bytes().rfind(b"\n") + 1
        if size < path.stat().st_size:
            os.truncate(path, size)
    return path


def _board(folder: Path, purge_step: int | None = None) -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            'tensorboard: needs tensorboardX; pip install "seqjax[tensorboard]"'
        ) from error
    return SummaryWriter(str(folder / "tensorboard"), purge_step=purge_step)
