"""Settings of translation: which pairs of texts, and how they become batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import tokenizer
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.models.body import body
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.encoder_decoder_config import validate as validate_model
from seqjax.tasks.pretrained import config as pretrained
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate


@dataclasses.dataclass(frozen=True)
class TranslationRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/translate", "folder of the run; the same one again resumes it")
    epochs: int = option(2, "passes over the training part")


@dataclasses.dataclass(frozen=True)
class TranslationData:
    """The data: which pairs of texts, and how they become tokens."""

    data: str = option(
        "dates", "a folder with line-aligned files (train.de, train.en, val.de, ...), a file of"
        " pairs with tabs between them, or the name of a data set: dates"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    source: str = option("", "what is translated: end of file names (de), or column (1)")
    target: str = option("", "into what: end of file names (en), or column (2)")
    test_name: str = option("", "folder: the name of the test files, where there are several")
    valid: float = option(0.05, "file of pairs: share that is cut off for validation")
    test: float = option(0.05, "file of pairs: share that is cut off for the test")
    tokenizer: str = option("characters", "characters, bytes, jamo, words or pretokenised")
    lower: bool = option(True, "make all letters small")
    longest: int = option(0, "tokens of a side above which a training pair is left out; 0: none")
    vocabulary: int = option(0, "most tokens of a side that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    batch: int = option(64, "pairs of a batch")
    shapes: int = option(2, "lengths that batches are padded to: so many programs to compile")


@dataclasses.dataclass(frozen=True)
class TranslationOptimization(Optimization):
    """One optimizer with its schedule: quick for the dates, and a place to begin for others."""

    rate: float = option(5e-3, "learning rate that the schedule starts from")
    schedule: str = option("one_cycle", "of the rate: constant, step, cosine, one_cycle or plateau")
    clip: float = option(1.0, "largest global norm of the gradients; 0 for any")


CONFIGS = (
    TranslationRun,
    TranslationData,
    EncoderDecoderConfig,
    PretrainedConfig,
    TranslationOptimization,
)


def check(
    run: TranslationRun,
    data: TranslationData,
    config: EncoderDecoderConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    tokenizer(data.tokenizer)
    check_encoding(data.encoding)
    for name in ("minimum", "batch", "shapes"):
        checks.positive(name, getattr(data, name))
    for name in ("longest", "vocabulary"):
        checks.natural(name, getattr(data, name))
    _check_layout(data)
    config = pretrained.check(vectors, config)
    validate_model(config)
    body(config)  # refuses what its layers cannot be made of
    validate(optimization)


def layout(data: TranslationData) -> str:
    """Where the pairs are: in a data set by "name", in a "folder" of files, or in one "table"."""
    path = Path(data.data)
    if data.data in DATASETS or not path.exists():
        return "name"
    return "folder" if path.is_dir() else "table"


def _check_layout(data: TranslationData) -> None:
    kind = layout(data)
    if kind == "name":
        dataset("translation", data.data)
        of_files = "encoding", "source", "target", "test_name", "valid", "test"
        unused(data, *of_files, why="for a data set")
    elif kind == "folder":
        unused(data, "valid", "test", why="for a folder, whose files are the parts")
        if not (data.source and data.target):
            raise ValueError(
                f"source, target: got {data.source!r} and {data.target!r}, want what the names of"
                f" the files in {data.data} end in, such as --source=de --target=en"
            )
    else:
        unused(data, "test_name", why="for a single file")
        columns(data)


def columns(data: TranslationData) -> tuple[int, int]:
    """The numbers of the columns of a table that hold source and target, from 1 on.

    Raises:
      ValueError: for what is no number.
    """
    for name in ("source", "target"):
        if not (value := getattr(data, name) or "1").isdecimal():
            raise ValueError(
                f"{name}: got {value!r} for a single file, want the number of a column"
            )
    return int(data.source or 1), int(data.target or 2)
