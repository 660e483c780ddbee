"""Files of recordings: which there are, what is said in them, and how each becomes frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqjax.basics.unicode_form import composed
from seqjax.data.formats import audio
from seqjax.data.formats.features import archive, array
from seqjax.data.formats.recordings import Recording, manifest, named
from seqjax.models.transcriber import TranscriberConfig
from seqjax.tasks.transcription.config import SpectralConfig, TranscriptionData, no_audio

AUDIO = {".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".au"}
Read = Callable[[str], np.ndarray]
Frames = Callable[[np.ndarray, str], np.ndarray]


class Utterance(NamedTuple):
    """A recording that was read, and what is said in it."""

    name: str
    signal: np.ndarray
    """samples [N] of audio, from which frames of features [t, d] are made; or frames"""
    labels: list[str]


def listed(data: str, pattern: str, encoding: str) -> tuple[list[Recording], str]:
    """The recordings of a folder, archive, manifest or single file; whether "audio" or "arrays".

    Raises:
      ValueError: for a folder without recordings or with both kinds, and what the readers raise.
    """
    path = Path(data)
    if path.suffix == ".npz":
        return named(archive(path)[0], pattern), "arrays"
    if path.is_file() and path.suffix.lower() in AUDIO | {".npy"}:
        return named([path.name], pattern), kind_of(data, [path.name])
    if not path.is_dir():
        recordings = manifest(path, encoding)
        return recordings, kind_of(data, [recording.name for recording in recordings])
    names = [
        name.relative_to(path).as_posix()
        for name in path.rglob("*")
        if name.suffix.lower() in AUDIO | {".npy"}
    ]
    if not names:
        raise ValueError(f"{data}: got no files of audio there, nor .npy")
    return named(names, pattern), kind_of(data, names)


def kind_of(data: str, names: Sequence[str]) -> str:
    """Whether files are "audio" or "arrays".

    Raises:
      ValueError: for a mixture.
    """
    arrays = {Path(name).suffix.lower() == ".npy" for name in names}
    if len(arrays) > 1:
        raise ValueError(f"{data}: got both audio and .npy arrays, want one kind")
    return "arrays" if True in arrays else "audio"


def reader(data: str, kind: str, features: SpectralConfig) -> tuple[Read, Frames]:
    """What reads a recording by its name, and what makes frames [t, d] of its signal.

    Raises:
      ValueError: for settings of audio where there is none.
    """
    folder = Path(data) if Path(data).is_dir() else Path(data).parent
    if kind == "audio":
        return (
            lambda name: samples(folder / name, features),
            lambda signal, name: spectra(signal, name, features),
        )
    no_audio(features)
    if Path(data).suffix == ".npz":
        return archive(data)[1], lambda signal, name: signal
    return lambda name: array(folder / name), lambda signal, name: signal


def samples(path: Path, features: SpectralConfig) -> np.ndarray:
    """Those of an audio file, float32 [N], at the rate of the settings.

    Raises:
      ValueError: for a file that cannot be read, or of another rate with ``resample`` off.
      ImportError: without the libraries of the extra audio.
    """
    return audio.samples(path, features.sample_rate, resample=features.resample)


def spectra(signal: np.ndarray, name: str, features: SpectralConfig) -> np.ndarray:
    """Frames [t, d] of samples [N].

    Raises:
      ValueError: for too few samples; it says of which recording.
    """
    try:
        return audio.spectral(signal, features.spectral)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def utterances_of(
    recordings: Sequence[Recording], read: Read, config: TranscriptionData, model: TranscriberConfig
) -> list[Utterance]:
    """The signals of recordings, and their labels: one for the whole, or a transcript in units."""
    return [
        Utterance(each.name, read(each.name), _labels(each.said, config, model))
        for each in recordings
    ]


def _labels(said: str, config: TranscriptionData, model: TranscriberConfig) -> list[str]:
    said = composed(said)
    if model.output == "label":
        return [said]
    return said.split() if config.units == "words" else list(said)


def joined(
    utterances: Sequence[Utterance], join: tuple[int, ...], times: int, seed: tuple[int, int]
) -> list[Utterance]:
    """As many utterances as there are, ``times`` over, each made of several drawn ones."""
    random = np.random.default_rng(seed)
    fewest, most = join
    sequences = []
    for n in range(times * len(utterances)):
        count = int(random.integers(fewest, most, endpoint=True))
        drawn = [utterances[k] for k in random.integers(len(utterances), size=count)]
        labels = [label for each in drawn for label in each.labels]
        signal = np.concatenate([each.signal for each in drawn])
        sequences.append(Utterance(f"joined {n}", signal, labels))
    return sequences


def with_frames(utterances: Sequence[Utterance], frames: Frames) -> list[Utterance]:
    """The utterances with frames in the place of what they were made of."""
    return [each._replace(signal=frames(each.signal, each.name)) for each in utterances]
