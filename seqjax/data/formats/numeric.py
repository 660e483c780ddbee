"""Sequences of numbers from CSV and NumPy files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.data.encodings import UTF8
from seqjax.data.formats.arrays import open_archive, read_array
from seqjax.data.formats.numeric_csv import read_csv

ARRAYS = {".npy", ".npz"}


class Series(NamedTuple):
    """One sequence of numbers."""

    name: str
    columns: tuple[str, ...]
    values: np.ndarray
    """float64 [T, C]"""
    ignored: tuple[str, ...] = ()
    """columns of the file that hold no numbers, and that nobody asked for"""

    def take(self, columns: Sequence[str]) -> np.ndarray:
        """float64 [T, n] of some columns, in that order.

        Raises:
          ValueError: for a column that is not there; lists those that are.

        >>> Series("a", ("x", "y"), np.array([[1.0, 2.0]])).take(["y"]).tolist()
        [[2.0]]
        """
        missing = [name for name in columns if name not in self.columns]
        if missing:
            raise ValueError(
                f"{self.name}: has no column {missing[0]!r}, only {', '.join(self.columns)}"
            )
        return self.values[:, [self.columns.index(name) for name in columns]]


def read_series(
    path: str | Path,
    *,
    id: str = "",
    columns: Sequence[str] = (),
    delimiter: str = "",
    encoding: str = UTF8,
) -> list[Series]:
    """The series of a CSV or NumPy file.

    CSV: a header of names, then numbers; one series a file, or, with ``id``, one for each value of
    that column, in the order in which they begin. NPY: [T] or [T, C] is one series, [N, T, C] are
    N; columns are named 0, 1, ... NPZ: each array is a column of that name, [T] or, for N series,
    [N, T]; [N, T, D] is D columns, name.0 and so on, [N] one number for each series.

    Args:
      columns: of CSV, those that have to be numbers if they are there; others with a cell that is
        no number are ignored. Nothing: all but those of text, such as times, with no number at all.
      delimiter: of CSV, the character between cells, or "tab"; nothing: a comma, or a tab if the
        file is called .tsv.
      encoding: of CSV.

    Raises:
      ValueError: names the file, and for a cell that is no finite number line and column.
    """
    path = Path(path)
    if path.suffix not in ARRAYS:
        return [Series(*parts) for parts in read_csv(path, id, columns, delimiter, encoding)]
    for name, value in (("id", id), ("delimiter", delimiter)):
        if value:
            raise ValueError(f"{name}: got {value!r}, but {path} is no CSV file")
    if path.suffix == ".npy":
        return _array(path, read_array(path))
    names, read = open_archive(path)
    return _columns(path, {name: read(name) for name in names})


def _columns(path: Path, arrays: dict[str, np.ndarray]) -> list[Series]:
    """Series of named arrays: [T] each, or [N, T], [N, T, D] and, where it never changes, [N]."""
    shapes = {name: array.shape for name, array in arrays.items()}
    leading_axes = {shape[:2] for shape in shapes.values() if len(shape) > 1}
    common_shapes = leading_axes or set(shapes.values())
    steps = next(iter(common_shapes), ())
    fits = all(0 < len(shape) < 4 and shape[0] == steps[0] for shape in shapes.values())
    if len(common_shapes) != 1 or not fits:
        got = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
        raise ValueError(
            f"{path}: got {got or 'no arrays'}, want arrays [T], or [N, T], [N, T, D] and [N]"
        )
    columns, names = [], []
    for name, array in arrays.items():
        # A number for each series is one that all its steps have.
        per_step = array if array.ndim > 1 or not leading_axes else array[:, None]
        parts = np.broadcast_to(per_step, steps)[..., None] if per_step.ndim < 3 else per_step
        columns.append(parts)
        names += [name] if per_step.ndim < 3 else [f"{name}.{n}" for n in range(parts.shape[-1])]
    return _array(path, np.concatenate(columns, -1), tuple(names))


def _array(path: Path, array: np.ndarray, columns: tuple[str, ...] = ()) -> list[Series]:
    """Series of [T], [T, C] or [N, T, C]."""
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{path}: got {array.dtype}, want numbers")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim not in {2, 3} or not array.size:
        raise ValueError(f"{path}: got shape {list(array.shape)}, want [T], [T, C] or [N, T, C]")
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        raise ValueError(
            f"{path}: got {array[tuple(wrong[0])]} at {wrong[0].tolist()}, want finite numbers"
        )
    columns = columns or tuple(map(str, range(array.shape[-1])))
    if array.ndim == 2:
        return [Series(path.name, columns, numbers)]
    return [Series(str(n), columns, each) for n, each in enumerate(numbers)]
