"""Recordings to be transcribed, as frames of features: from files, folders and arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from seqjax.data.formats.features import archive, array, frames
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import of_record
from seqjax.tasks.transcription.config import SpectralConfig
from seqjax.tasks.transcription.encode import normalised
from seqjax.tasks.transcription.recordings import AUDIO, samples, spectra

Named = tuple[str, np.ndarray]
"""name, "" for none, and frames [t, d]"""


def read_inputs(loaded: Loaded, inputs: Any) -> list[Named]:
    """Name and frames of each recording, made of audio and normalised as in training.

    Raises:
      ValueError: for no inputs, or one that is missing, broken, or of another kind or width than in
        training; it names the file, or the number of the input.
    """
    single = isinstance(inputs, str | os.PathLike) or hasattr(inputs, "__array__")
    recordings = [inputs] if single else list(inputs)
    if not recordings:
        raise ValueError("inputs: got no recordings, want one or more")
    return [
        (name, normalised(loaded.record, features, name or f"input {number}"))
        for number, each in enumerate(recordings, 1)
        for name, features in _read(loaded, each, number)
    ]


def _read(loaded: Loaded, each: Any, number: int) -> Iterable[Named]:
    """The recordings of one input."""
    name, value = each if isinstance(each, tuple) and len(each) == 2 else ("", each)
    if isinstance(value, str | os.PathLike) and not name:
        return _read_path(loaded, Path(value))
    if isinstance(value, list) or hasattr(value, "__array__"):
        return [(str(name), frames(value, name or f"input {number}"))]
    raise ValueError(
        f"inputs: got {each!r} as number {number}, want a path, an array [t, d], or a name and an"
        " array"
    )


def _read_path(loaded: Loaded, path: Path) -> Iterator[Named]:
    """The recordings of a file, an archive or a folder."""
    kind = loaded.record["data"]["kind"]
    features = of_record(SpectralConfig, loaded.record)
    for file in _files(path, AUDIO if kind == "audio" else {".npy", ".npz"}):
        if file.suffix.lower() in AUDIO and kind != "audio":
            raise ValueError(f"{file}: is audio, but the run was trained on arrays; want .npy")
        if file.suffix == ".npz":
            names, read = archive(file)
            yield from ((f"{file}, {name}", read(name)) for name in names)
        elif file.suffix == ".npy":
            yield str(file), array(file)
        else:
            yield str(file), spectra(samples(file, features), str(file), features)


def _files(path: Path, endings: set[str]) -> list[Path]:
    """The file, or those of a folder that end so, in the order of their names."""
    if not path.is_dir():
        return [path]
    members = sorted(file for file in path.rglob("*") if file.suffix.lower() in endings)
    if not members:
        raise ValueError(f"{path}: got no {', '.join(sorted(endings))} in that folder")
    return members
