"""Files of signals: which there are, and how each becomes frames of features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from seqjax.basics.options import option
from seqjax.data.formats import audio
from seqjax.data.formats.features import archive, array
from seqjax.data.formats.recordings import Recording, manifest, named

AUDIO = {".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".au"}
Read = Callable[[str], np.ndarray]
Frames = Callable[[np.ndarray, str], np.ndarray]


@dataclasses.dataclass(frozen=True)
class SpectralConfig:
    """What is made of audio."""

    features: str = option(
        "mel", "of audio: mel (log energies in bands) or mfcc (their cosine transform)"
    )
    sample_rate: int = option(16_000, "of audio: samples a second")
    resample: bool = option(True, "convert audio files of another rate, instead of refusing them")
    frame: float = option(25.0, "of audio: milliseconds that a frame looks at")
    hop: float = option(10.0, "of audio: milliseconds from one frame to the next")
    mels: int = option(40, "of audio: bands")
    cepstra: int = option(13, "features=mfcc: coefficients that are kept")
    deltas: int = option(0, "of audio: 1 for slopes beside the features, 2 for their slopes too")

    @property
    def spectral(self) -> audio.Spectral:
        return audio.Spectral(
            self.features,
            self.sample_rate,
            self.frame,
            self.hop,
            self.mels,
            self.cepstra,
            self.deltas,
        )


def listed(data: str, pattern: str) -> tuple[list[Recording], str]:
    """The recordings of a path, and whether they are "audio" or "arrays".

    Raises:
      ValueError: for a folder without recordings or with both kinds, and what the readers raise.
    """
    path = Path(data)
    if path.suffix == ".npz":
        return named(archive(path)[0], pattern), "arrays"
    if not path.is_dir():
        found = manifest(path)
        return found, kind_of(data, [one.name for one in found])
    names = [
        name.relative_to(path).as_posix()
        for name in path.rglob("*")
        if name.suffix.lower() in AUDIO | {".npy"}
    ]
    if not names:
        raise ValueError(f"{data}: got no files of audio there, nor .npy")
    return named(names, pattern), kind_of(data, names)


def kind_of(data: str, names: list[str]) -> str:
    """Whether files are "audio" or "arrays". Raises a ValueError for a mixture."""
    arrays = {Path(name).suffix.lower() == ".npy" for name in names}
    if len(arrays) > 1:
        raise ValueError(f"{data}: got both audio and .npy arrays, want one kind")
    return "arrays" if True in arrays else "audio"


def reader(data: str, kind: str, config: SpectralConfig) -> tuple[Read, Frames]:
    """What reads a recording by its name, and what makes frames [t, d] of it.

    Raises:
      ValueError: for features out of range, or flags of audio where there is none.
    """
    folder = Path(data) if Path(data).is_dir() else Path(data).parent
    if kind == "audio":
        return (
            lambda name: read_audio(folder / name, config),
            lambda signal, name: audio_frames(signal, name, config),
        )
    no_audio(config)
    if Path(data).suffix == ".npz":
        return archive(data)[1], lambda signal, name: signal
    return lambda name: array(folder / name), lambda signal, name: signal


def no_audio(config: SpectralConfig) -> None:
    """Raises a ValueError for flags of audio where there is none."""
    for name, value in dataclasses.asdict(config).items():
        if value != getattr(SpectralConfig(), name):
            raise ValueError(f"{name}: got {value!r}, but the data is no audio")


def read_audio(path: Path, config: SpectralConfig) -> np.ndarray:
    """Samples at the rate of the configuration."""
    audio.check(config.spectral)
    return audio.samples(path, config.sample_rate, resample=config.resample)


def audio_frames(signal: np.ndarray, name: str, config: SpectralConfig) -> np.ndarray:
    """Features of samples. Raises a ValueError that says of which."""
    try:
        return audio.spectral(signal, config.spectral)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
