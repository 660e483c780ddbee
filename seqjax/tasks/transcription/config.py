"""Settings of transcription: which recordings, what is made of audio, and what is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.data.formats import audio
from seqjax.models.body import body
from seqjax.models.transcriber import TranscriberConfig
from seqjax.models.transcriber import validate as validate_model
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate

UNITS = {"words": " ", "characters": ""}
"""Of a transcript: what stands between two of them."""
BEEPS = "beeps"
"""The data set where none is named."""


@dataclasses.dataclass(frozen=True)
class TranscriptionRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/transcribe", "folder of the run; the same one again resumes it")


@dataclasses.dataclass(frozen=True)
class TranscriptionData:
    """The data: which recordings, and what is said in them."""

    data: str = option(
        "", "a folder of audio files or .npy arrays [t, d], an .npz of such arrays, a .tsv of"
        " name<TAB>transcript[<TAB>part], or a data set by name; nothing: beeps"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    pattern: str = option(
        "{label}_{speaker}_{index}", "folder, .npz: what a name says, without its ending;"
        " {label}/{index} finds labels in folders"
    )  # fmt: skip
    test: str = option(
        "0.1", "the test part: a share, or a rule on a field of the pattern as index<5"
    )
    valid: str = option("0.1", "the validation part, of what the test leaves: likewise")
    units: str = option("words", "output=ctc: what a transcript is made of, words or characters")
    join: tuple[int, ...] = option(
        (), "output=ctc: 2,5 joins two to five recordings of a part, drawn, to one"
    )
    join_times: int = option(1, "join: joined recordings of the training part for each one it has")
    data_seed: int = option(0, "of the shares that are drawn, and of what is joined")
    batch: int = option(32, "rows of a batch")
    shapes: int = option(4, "lengths that batches may have; more: less padding, more to compile")


@dataclasses.dataclass(frozen=True)
class SpectralConfig:
    """Features: what is made of audio."""

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


CONFIGS = (TranscriptionRun, TranscriptionData, SpectralConfig, TranscriberConfig, Optimization)


def check(
    run: TranscriptionRun,
    data: TranscriptionData,
    features: SpectralConfig,
    config: TranscriberConfig,
    optimization: Optimization,
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    checks.lookup("units", UNITS, data.units)
    check_encoding(data.encoding)
    for name in ("batch", "shapes", "join_times"):
        checks.positive(name, getattr(data, name))
    checks.seed(data.data_seed, "data_seed")
    if config.output == "label":
        unused(data, "units", "join", why="with output=label")
    if not data.join:
        unused(data, "join_times", why="without --join")
    elif len(data.join) != 2 or not 1 <= data.join[0] <= data.join[1]:
        raise ValueError(f"join: got {data.join}, want the fewest and the most, such as 2,5")
    if builtin(data):
        dataset("transcription", data.data or BEEPS)
        names = ("pattern", "encoding", "test", "valid", "units", "join")
        unused(data, *names, why="for a data set by name")
        no_audio(features)
    elif Path(data.data).is_file() and Path(data.data).suffix != ".npz":
        unused(data, "pattern", why="for a manifest")
    audio.check(features.spectral)
    validate_model(config)
    body(config)  # refuses what its layers cannot be made of
    validate(optimization)


def builtin(data: TranscriptionData) -> bool:
    """Whether the data is a data set by name, and not files."""
    return not data.data or not Path(data.data).exists()


def no_audio(features: SpectralConfig) -> None:
    """Refuses settings of audio where there is none.

    Raises:
      ValueError: names the first one that is not at its default.
    """
    for field in dataclasses.fields(features):
        if (value := getattr(features, field.name)) != field.default:
            raise ValueError(f"{field.name}: got {value!r}, but the data is no audio")
