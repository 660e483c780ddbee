"""Sequences of feature vectors [t, d] from array files, and their statistics."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
        deviation = np.asarray(self.deviation)
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        normal: NDArray[np.floating] = (frames - np.asarray(self.mean)) * scale
        return normal.astype(np.float32)


def statistics(sequences: Iterable[np.ndarray]) -> Statistics:
    """Mean and standard deviation of each feature over the frames of all sequences [t, d].

    Raises:
      ValueError: for no sequences.

    >>> statistics([np.array([[1.0], [3.0]])])
    Statistics(mean=[2.0], deviation=[1.0])
    """
    arrays = [np.asarray(sequence, np.float64) for sequence in sequences]
    if not arrays:
        raise ValueError("sequences: got none, want one or more")
    frames = np.concatenate(arrays)
    return Statistics(frames.mean(0).tolist(), frames.std(0).tolist())


def archive(path: str | Path) -> tuple[list[str], Callable[[str], NDArray[np.float32]]]:
    """Names of the arrays of an .npz file, and what reads one of them: float32 [t, d].

    Raises:
      ValueError: names the file if it cannot be read; on reading an array as ``frames`` does.
    """
    arrays = _load(path)
    return list(arrays), lambda name: frames(arrays[name], f"{path}, {name}")


def array(path: str | Path) -> NDArray[np.float32]:
    """The frames of an .npy file, float32 [t, d].

    Raises:
      ValueError: names the file if it cannot be read or holds no frames.
    """
    return frames(_load(path), str(path))


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
    if not (np.issubdtype(numbers.dtype, np.number) or numbers.dtype == bool):
        raise ValueError(f"{where}: got {numbers.dtype}, want numbers")
    if np.iscomplexobj(numbers) or not np.isfinite(numbers).all():
        raise ValueError(f"{where}: got numbers that are complex, infinite or NaN")
    return numbers.astype(np.float32)


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


def _load(path: str | Path) -> Any:
    try:
        # From memory: NumPy leaves a file open that turns out to be none of its own.
        return np.load(io.BytesIO(Path(path).read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: got no arrays that can be read ({error})") from error
