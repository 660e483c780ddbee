"""Transcribes audio files, or arrays of features, with a trained run.

    python -m experiments.transcribe_file --run=FOLDER --file=one.wav --file=another.wav
    python -m experiments.transcribe_file --run=FOLDER --file=FOLDER_OF_FILES --beam=16 --count=3

A line for each: name, what was heard, log probability; of several guesses the likeliest first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags as absl_flags

from experiments import flags, launch
from experiments.signal_files import AUDIO, SpectralConfig, audio_frames, read_audio
from experiments.signals import normal
from experiments.transcribe_figures import Guess, heard, hearer
from seqjax import kinds, runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.buckets import buckets
from seqjax.data.formats.features import archive, array

FILE = "file"
Named = tuple[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class TranscribeConfig:
    """What is transcribed, and how."""

    run: str = option("runs/transcribe", "folder of a trained transcriber")
    beam: int = option(0, "output=ctc: prefixes that are kept while searching; 0: greedy")
    count: int = option(1, "guesses at each recording")
    batch: int = option(16, "recordings at once")
    checkpoint: str = option("best", "best (by error on the validation part) or newest")


def transcribe(
    loaded: runs.Loaded, signals: Sequence[Named], config: TranscribeConfig
) -> list[list[Guess]]:
    """The guesses at each of (name, frames [t, d]), the likeliest first.

    Raises:
      ValueError: for frames of another width than in training, or more guesses than there can be.
    """
    whole = loaded.record["config"]["output"] == "label"
    _validate(config, whole, len(loaded.vocabularies["labels"]))
    statistics, examples = normal(loaded.record["data"]), []
    for name, frames in signals:
        try:
            examples.append({"features": statistics.normal(frames)})
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    source = buckets(examples, config.batch, sides={"": ["features"]})
    hear = hearer(loaded.model, whole=whole, beam=config.beam, count=config.count)
    return heard(hear, loaded.params, source, loaded.vocabularies["labels"])


def _validate(config: TranscribeConfig, whole: bool, labels: int) -> None:
    checks.positive("count", config.count)
    checks.positive("batch", config.batch)
    flags.natural("beam", config.beam)
    if whole and config.beam:
        raise ValueError(f"beam: got {config.beam}, but this run has one label for the whole")
    most = labels if whole else max(config.beam, 1)
    if config.count > most:
        raise ValueError(
            f"count: got {config.count}, want at most {most}, the labels or the --beam"
        )


def frames(loaded: runs.Loaded, files: Sequence[str]) -> list[Named]:
    """Name and features of each recording of files and folders, as the run was trained on.

    Raises:
      ValueError: names the file that is missing, broken, or of another kind than in training.
    """
    kind = loaded.record["data"]["kind"]
    spectral = kinds.config(SpectralConfig, loaded.record)
    found: list[Named] = []
    for path in _paths(files, AUDIO if kind == "audio" else {".npy", ".npz"}):
        if path.suffix.lower() in AUDIO and kind != "audio":
            raise ValueError(f"{path}: is audio, but the run was trained on arrays; want .npy")
        if path.suffix == ".npz":
            names, read = archive(path)
            found += [(f"{path}, {name}", read(name)) for name in names]
        elif path.suffix == ".npy":
            found.append((str(path), array(path)))
        else:
            found.append((str(path), audio_frames(read_audio(path, spectral), str(path), spectral)))
    return found


def _paths(files: Sequence[str], endings: set[str]) -> list[Path]:
    if not files:
        raise ValueError("file: got none, want --file=PATH, once or more")
    found: list[Path] = []
    for path in map(Path, files):
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in endings)
        if path.is_dir() and not inside:
            raise ValueError(f"{path}: got no {', '.join(sorted(endings))} in that folder")
        found += inside if path.is_dir() else [path]
    return found


def main() -> None:
    """Prints a line for each guess."""
    with launch.mistakes():
        config = flags.parse(TranscribeConfig)
        checks.lookup("checkpoint", {"best": 0, "newest": 0}, config.checkpoint)
        loaded = runs.load(config.run, config.checkpoint, kind="transcriber")
        signals = frames(loaded, absl_flags.FLAGS[FILE].value or [])
        guesses = transcribe(loaded, signals, config)
    between = " " if loaded.record["config"]["units"] == "words" else ""
    for (name, _), each in zip(signals, guesses, strict=True):
        for guess in each:
            print(f"{name}\t{between.join(guess.labels)}\t{guess.log_probability:.3f}")


if __name__ == "__main__":
    absl_flags.DEFINE_multi_string(FILE, [], "a recording, or a folder of them; may be repeated")
    flags.define(TranscribeConfig)
    launch.run(main)
