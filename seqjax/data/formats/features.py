"""Sequences of feature vectors [t, d] from array files, and their statistics."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ARRAYS = (".npy", ".npz")


class Statistics(NamedTuple):
    """Of each feature over all frames of the training part; lists, fit for JSON."""

    mean: list[float]
    deviation: list[float]

    def normal(self, frames: np.ndarray) -> np.ndarray:
        """(x - mean) / deviation, float32 [t, d]; a feature that never changed becomes 0.

        Raises:
          ValueError: for frames of another width.
        """
        if frames.shape[1] != len(self.mean):
            raise ValueError(
                f"features: got {frames.shape[1]} a frame, want {len(self.mean)}, as in training"
            )
        deviation = np.asarray(self.deviation)
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        return ((frames - np.asarray(self.mean)) * scale).astype(np.float32)


def statistics(sequences: Iterable[np.ndarray]) -> Statistics:
    """Mean and standard deviation of each feature over the frames of all sequences [t, d].

    Raises:
      ValueError: for no sequences.
    """
    arrays = [np.asarray(sequence, np.float64) for sequence in sequences]
    if not arrays:
        raise ValueError("sequences: got none, want one or more")
    frames = np.concatenate(arrays)
    return Statistics(frames.mean(0).tolist(), frames.std(0).tolist())


def archive(path: str | Path) -> tuple[list[str], Callable[[str], np.ndarray]]:
    """Names of the arrays of an .npz file, and what reads one of them.

    Raises:
      ValueError: names the file if it cannot be read.
    """
    arrays = _loaded(path)
    return list(arrays), lambda name: frames(arrays[name], f"{path}, {name}")


def array(path: str | Path) -> np.ndarray:
    """The frames of an .npy file.

    Raises:
      ValueError: names the file if it cannot be read or holds no frames.
    """
    return frames(_loaded(path), str(path))


def frames(value: Any, where: str) -> np.ndarray:
    """float32 [t, d] of numbers [t, d], or [t] for one feature.

    Raises:
      ValueError: says where: other dimensions, no frame, no numbers, infinite ones or NaN.
    """
    found = np.asarray(value)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2 or not found.size:
        raise ValueError(f"{where}: got shape {np.shape(value)}, want frames [t, d]")
    if not (np.issubdtype(found.dtype, np.number) or found.dtype == bool):
        raise ValueError(f"{where}: got {found.dtype}, want numbers")
    if np.iscomplexobj(found) or not np.isfinite(found).all():
        raise ValueError(f"{where}: got numbers that are complex, infinite or NaN")
    return found.astype(np.float32)


def one_width(sequences: Sequence[np.ndarray], names: Sequence[str]) -> None:
    """Raises a ValueError for sequences [t, d] of different widths; it names the first such one."""
    width = sequences[0].shape[1]
    for sequence, name in zip(sequences, names, strict=True):
        if sequence.shape[1] != width:
            raise ValueError(
                f"{name}: got {sequence.shape[1]} features a frame, want {width} as in {names[0]}"
            )


def _loaded(path: str | Path) -> Any:
    try:
        # From memory: NumPy leaves a file open that turns out to be none of its own.
        return np.load(io.BytesIO(Path(path).read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: got no arrays that can be read ({error})") from error
