"""Sequences of feature vectors [t, d] from array files, and their statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seqjax.data.formats.arrays import open_archive, read_array
from seqjax.data.statistics import changing, moments

ARRAYS = (".npy", ".npz")


class Statistics(NamedTuple):
    """Of each feature over all frames of the training part; lists, fit for JSON."""

    mean: list[float]
    deviation: list[float]

    def normal(self, frames: NDArray[np.floating]) -> NDArray[np.float32]:
        """(x - mean) / deviation, float32 [t, d]; a feature that never changed becomes 0.

        Raises:
          ValueError: for frames of another width.

        >>> statistics([np.array([[1.0, 5.0], [3.0, 5.0]])]).normal(np.array([[5.0, 5.0]])).tolist()
        [[3.0, 0.0]]
        """
        if frames.shape[1] != len(self.mean):
            raise ValueError(
                f"features: got {frames.shape[1]} a frame, want {len(self.mean)}, as in training"
            )
        mean, deviation = np.asarray(self.mean), np.asarray(self.deviation)
        changes = changing(mean, deviation)
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=changes)
        normal: NDArray[np.floating] = (frames - mean) * scale
        return normal.astype(np.float32)


def statistics(sequences: Iterable[np.ndarray]) -> Statistics:
    """Mean and standard deviation of each feature over the frames of all sequences [t, d].

    Raises:
      ValueError: for no sequences.

    >>> statistics([np.array([[1.0], [3.0]])])
    Statistics(mean=[2.0], deviation=[1.0])
    """
    arrays = list(sequences)
    if not arrays:
        raise ValueError("sequences: got none, want one or more")
    mean, deviation = moments(np.concatenate(arrays))
    return Statistics(mean.tolist(), deviation.tolist())


def archive(path: str | Path) -> tuple[list[str], Callable[[str], NDArray[np.float32]]]:
    """Names of the arrays of an .npz file, and what reads one of them: float32 [t, d].

    Raises:
      ValueError: names the file if it cannot be read; on reading an array as ``frames`` does.
    """
    names, read = open_archive(path)
    return names, lambda name: frames(read(name), f"{path}, {name}")


def array(path: str | Path) -> NDArray[np.float32]:
    """The frames of an .npy file, float32 [t, d].

    Raises:
      ValueError: names the file if it cannot be read or holds no frames.
    """
    return frames(read_array(path), str(path))


def frames(value: ArrayLike, where: str) -> NDArray[np.float32]:
    """float32 [t, d] of numbers [t, d], or [t] for one feature.

    Raises:
      ValueError: says where: other dimensions, no frame, no numbers, infinite ones or NaN.

    >>> frames([1, 2, 3], "example").shape
    (3, 1)
    """
    numbers = np.asarray(value)
    if numbers.ndim == 1:
        numbers = numbers[:, None]
    if numbers.ndim != 2 or not numbers.size:
        raise ValueError(f"{where}: got shape {np.shape(value)}, want frames [t, d]")
    if numbers.dtype.kind not in "biufc":
        raise ValueError(f"{where}: got {numbers.dtype}, want numbers")
    with np.errstate(over="ignore"):
        single = numbers.astype(np.float32) if numbers.dtype.kind != "c" else None
    if single is None or not np.isfinite(single).all():
        raise ValueError(f"{where}: got numbers that are complex, infinite or NaN in float32")
    return single


def one_width(sequences: Sequence[np.ndarray], names: Sequence[str]) -> None:
    """Checks that sequences [t, d] have one width.

    Raises:
      ValueError: for different widths; it names the first sequence that has another one.

    >>> one_width([np.ones((4, 2)), np.ones((3, 1))], ["a.npy", "b.npy"])
    Traceback (most recent call last):
        ...
    ValueError: b.npy: got 1 features a frame, want 2 as in a.npy
    """
    width = sequences[0].shape[1]
    for sequence, name in zip(sequences, names, strict=True):
        if sequence.shape[1] != width:
            raise ValueError(
                f"{name}: got {sequence.shape[1]} features a frame, want {width} as in {names[0]}"
            )
