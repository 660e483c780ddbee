"""Settings of composition: which music or labelled texts, and how they become batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import tokenizer
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.data.formats.music import KEYS
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.output_spaces import frames, tokens
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate

MUSIC, TEXT = "music", "text"
EMBEDDED = {MUSIC: "progressions", TEXT: "identifiers"}
"""What may be composed, and the data set of each that needs no file."""
SETS = {MUSIC: "composition of music", TEXT: "composition of texts"}
"""What data sets of each are for, as the catalogue has it."""


@dataclasses.dataclass(frozen=True)
class CompositionRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/compose", "folder of the run; the same one again resumes it")
    epochs: int = option(20, "passes over the training part")


@dataclasses.dataclass(frozen=True)
class CompositionData:
    """The data: which music or texts, and how they become steps."""

    task: str = option(MUSIC, "music or text")
    data: str = option(
        "", "music: a JSON file, or a folder of MIDI files (in folders train, valid and test, or"
        " not); text: a file of label, tab, text, or a folder with a file for each label; nothing:"
        " progressions or identifiers, which need no file"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    per_quarter: int = option(
        1, "music: steps of a quarter note, in which MIDI is read and written"
    )
    tokenizer: str = option("characters", "text: characters, bytes, jamo or words")
    valid: float = option(0.1, "share for validation, where the data has no parts")
    test: float = option(0.1, "share for the test, where the data has no parts")
    batch: int = option(16, "pieces of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


CONFIGS = (CompositionRun, CompositionData, ComposerConfig, Optimization)


def check(
    run: CompositionRun, data: CompositionData, config: ComposerConfig, optimization: Optimization
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    checks.lookup("task", EMBEDDED, data.task)
    for name in ("batch", "shapes", "per_quarter"):
        checks.positive(name, getattr(data, name))
    why = f"with task={data.task}"
    if data.task == MUSIC:
        unused(data, "tokenizer", "encoding", why=why)
        unused(config, "embedding", why=why)
        space, labels = frames(KEYS), 0
    else:
        unused(data, "per_quarter", why=why)
        tokenizer(data.tokenizer)
        check_encoding(data.encoding)
        checks.positive("embedding", config.embedding)
        space, labels = tokens(1, config.embedding), 1
    if builtin(data):
        dataset(SETS[data.task], source(data))  # raises where there is none of that name
        unused(data, "valid", "test", "encoding", why=f"with data={source(data)}, which has parts")
    composer(config, space, labels)  # raises what the model refuses, whatever the data
    validate(optimization)


def source(data: CompositionData) -> str:
    """What ``data`` says, or the data set that needs no file."""
    return data.data or EMBEDDED[data.task]


def builtin(data: CompositionData) -> bool:
    """Whether the data is a set that needs no file, and not a path."""
    return source(data) in DATASETS or not Path(source(data)).exists()
