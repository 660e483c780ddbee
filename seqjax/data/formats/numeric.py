"""Sequences of numbers from CSV and NumPy files, and the statistics they are normalised with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.formats.table import table
from seqjax.data.text import read

ARRAYS = {".npy", ".npz"}


class Series(NamedTuple):
    """One sequence of numbers."""

    name: str
    columns: tuple[str, ...]
    values: np.ndarray
    """float64 [T, C]"""

    def take(self, columns: Sequence[str]) -> np.ndarray:
        """float64 [T, n] of some columns, in that order.

        Raises:
          ValueError: for a column that is not there; lists those that are.
        """
        missing = [name for name in columns if name not in self.columns]
        if missing:
            raise ValueError(
                f"{self.name}: has no column {missing[0]!r}, only {', '.join(self.columns)}"
            )
        return self.values[:, [self.columns.index(name) for name in columns]]


class Statistics(NamedTuple):
    """Mean and standard deviation of columns, [C] each; a column that never changes has 1."""

    mean: np.ndarray
    deviation: np.ndarray

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """(values - mean) / deviation for values [..., C], float32."""
        return ((values - self.mean) / self.deviation).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        """The inverse of ``normalise``, float64."""
        return np.asarray(values, np.float64) * self.deviation + self.mean


def statistics(values: Iterable[np.ndarray]) -> Statistics:
    """Of all rows of arrays [..., C] together; give it those of the training part alone.

    Raises:
      ValueError: for no rows, or numbers that are not finite.
    """
    rows = np.concatenate([np.reshape(each, (-1, each.shape[-1])) for each in values])
    if not len(rows) or not np.isfinite(rows).all():
        raise ValueError("values: got no rows, or some that are not finite numbers")
    deviation = rows.std(0)
    return Statistics(rows.mean(0), np.where(deviation > 0, deviation, 1.0))


def read_series(path: str | Path, *, id: str = "") -> list[Series]:
    """The series of a CSV or NumPy file.

    CSV: a header of names, then numbers; one series a file, or, with ``id``, one for each value of
    that column, in the order in which they begin. NPY: [T] or [T, C] is one series, [N, T, C] are
    N; columns are named 0, 1, ... NPZ: each array is a column of that name, [T] or, for N series,
    [N, T]; [N, T, D] is D columns, name.0 and so on, [N] one number for each series.

    Raises:
      ValueError: names the file, and for a cell that is no finite number line and column.
    """
    path = Path(path)
    if path.suffix not in ARRAYS:
        return _read_csv(path, id)
    if id:
        raise ValueError(f"id: got {id!r}, but {path} is no CSV file")
    try:
        with open(path, "rb") as file:
            content = np.load(file, allow_pickle=False)
            found = dict(content) if path.suffix == ".npz" else content
    except (ValueError, EOFError, OSError) as error:
        raise ValueError(f"{path}: got no array that can be read ({error})") from None
    return _columns(path, found) if isinstance(found, dict) else _array(path, found)


def _read_csv(path: Path, id: str) -> list[Series]:
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(read(path))), [])]
    columns = tuple(name for name in header if name != id)
    if not columns or id not in ("", *header):
        raise ValueError(f"{path}: got columns {', '.join(header) or 'of no name'}, want {id!r}")
    rows: dict[str, list[list[float]]] = {}
    for line, cells in table(path, (*columns, id) if id else columns, layout="csv"):
        numbers = [
            _number(cell, f"{path}, line {line}, column {name}")
            for name, cell in zip(columns, cells, strict=False)
        ]
        rows.setdefault(cells[-1] if id else path.name, []).append(numbers)
    return [Series(name, columns, np.array(numbers)) for name, numbers in rows.items()]


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{where}: got {cell!r}, want a number") from None
    if not np.isfinite(value):
        raise ValueError(f"{where}: got {cell!r}, want a finite number")
    return value


def _columns(path: Path, arrays: dict[str, np.ndarray]) -> list[Series]:
    """Series of named arrays: [T] each, or [N, T], [N, T, D] and, where it never changes, [N]."""
    shapes = {name: array.shape for name, array in arrays.items()}
    whole = {shape[:2] for shape in shapes.values() if len(shape) > 1}
    wanted = whole or set(shapes.values())
    steps = next(iter(wanted), ())
    fits = all(0 < len(shape) < 4 and shape[0] == steps[0] for shape in shapes.values())
    if len(wanted) != 1 or not fits:
        got = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
        raise ValueError(
            f"{path}: got {got or 'no arrays'}, want arrays [T], or [N, T], [N, T, D] and [N]"
        )
    columns, names = [], []
    for name, array in arrays.items():
        # A number for each series is one that all its steps have.
        alike = array if array.ndim > 1 or not whole else array[:, None]
        parts = np.broadcast_to(alike, steps)[..., None] if alike.ndim < 3 else alike
        columns.append(parts)
        names += [name] if alike.ndim < 3 else [f"{name}.{n}" for n in range(parts.shape[-1])]
    return _array(path, np.concatenate(columns, -1), tuple(names))


def _array(path: Path, array: np.ndarray, columns: tuple[str, ...] = ()) -> list[Series]:
    """Series of [T], [T, C] or [N, T, C]."""
    if not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array):
        raise ValueError(f"{path}: got {array.dtype}, want numbers")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim not in {2, 3} or not array.size:
        raise ValueError(f"{path}: got shape {list(array.shape)}, want [T], [T, C] or [N, T, C]")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        raise ValueError(f"{path}: got {array[tuple(wrong[0])]} at {wrong[0].tolist()}")
    columns = columns or tuple(map(str, range(array.shape[-1])))
    if array.ndim == 2:
        return [Series(path.name, columns, array.astype(np.float64))]
    return [Series(str(n), columns, each.astype(np.float64)) for n, each in enumerate(array)]


def as_json(found: Statistics) -> dict[str, Any]:
    """Lists of Python's floats, from which ``from_json`` makes the same again."""
    return {"mean": found.mean.tolist(), "deviation": found.deviation.tolist()}


def from_json(found: dict[str, Any]) -> Statistics:
    """What ``as_json`` wrote."""
    return Statistics(np.array(found["mean"]), np.array(found["deviation"]))
