"""Settings of tagging: which sentences and tags, and how they become batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import DATASETS
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.models.body import body
from seqjax.models.tagger import TaggerConfig
from seqjax.models.tagger import validate as validate_tagger
from seqjax.objectives.entities import MODES
from seqjax.objectives.tag_schemes import SCHEMES
from seqjax.tasks.pretrained import config as pretrained
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.settings import RunConfig, unused
from seqjax.tasks.tagging.labels import NONE, VIEWS
from seqjax.training.config import Optimization, validate

LAYOUTS = ("conll", "conllu")
MONITORS = {"loss": "loss", "accuracy": "error", "f1": "missed_f1"}
"""By what ``keep`` names: the figure that is lowest at the best checkpoint."""


@dataclasses.dataclass(frozen=True)
class TaggingRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/tag", "folder of the run; the same one again resumes it")
    epochs: int = option(6, "passes over the training part")
    keep: str = option("loss", "best checkpoint: of the lowest loss, or highest accuracy or f1")


@dataclasses.dataclass(frozen=True)
class TaggingData:
    """The data: which sentences and tags, and what a tagger sees of them."""

    data: str = option(
        "python", "a file; a folder or a pattern (\"folder/*.conllu\") with one file each for"
        " train, valid and test; these files with commas between them; or the name of a data set:"
        " python; what is missing of valid and test is cut from the training file"
    )  # fmt: skip
    layout: str = option("", "conll (columns) or conllu; nothing: as the file's name has it")
    encoding: str = option(UTF8, ENCODING)
    word_column: str = option("", "number of the column (conll: 1) or its name (conllu: FORM)")
    tag_column: str = option("", "of tags (conll: -1, the last; conllu: UPOS)")
    comments: str = option("", "conll: lines that begin so are left out, such as '# '")
    labels: str = option(
        "tags", "what is predicted: tags (as they are), types (what stands behind the dash, O for"
        " nothing) or name (whether a word is part of any)"
    )  # fmt: skip
    scheme: str = option(
        "auto", "how tags mark names: IOB1, IOB2, IOBES or none; auto: the first that fits training"
    )
    mode: str = option("conlleval", f"how mistakes in such tags are read: {', '.join(MODES)}")
    valid: float = option(0.1, "share of a file without validation part that is cut off for it")
    test: float = option(0.1, "share of a file without test part that is cut off for it")
    lower: bool = option(False, "words: make all letters small; spellings keep theirs")
    vocabulary: int = option(0, "most words that are known, the commonest; 0: all")
    minimum: int = option(2, "times that a word must occur in the training part to be known")
    word_length: int = option(20, "characters of a word that are read: of longer ones both ends")
    batch: int = option(32, "sentences of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


CONFIGS = (TaggingRun, TaggingData, TaggerConfig, PretrainedConfig, Optimization)


def check(
    run: TaggingRun,
    data: TaggingData,
    config: TaggerConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> None:
    """Refuses settings before any data is read.

    Raises:
      ValueError: for a setting that is wrong or contradicts another; it names it.
    """
    checks.lookup("keep", MONITORS, run.keep)
    for name in ("minimum", "batch", "shapes"):
        checks.positive(name, getattr(data, name))
    checks.natural("vocabulary", data.vocabulary)
    check_encoding(data.encoding)
    if data.vocabulary == 1:
        raise ValueError("vocabulary: got 1, want 0 or 2 and more: <unk> takes one")
    _check_files(data.data)
    if data.word_length < 2:
        raise ValueError(f"word_length: got {data.word_length}, want 2 or more")
    checks.lookup("labels", VIEWS, data.labels)
    checks.lookup("mode", MODES, data.mode)
    if data.layout:
        checks.lookup("layout", dict.fromkeys(LAYOUTS), data.layout)
    checks.lookup("scheme", dict.fromkeys(("auto", NONE, *SCHEMES)), data.scheme)
    if data.data in DATASETS:
        of_files = "layout", "encoding", "word_column", "tag_column", "comments", "valid", "test"
        unused(data, *of_files, why="for a data set by name")
    if config.head != "crf":
        unused(config, "constrained", why="without head=crf")
    if run.keep == "f1" and data.scheme == NONE and config.head != "sigmoid":
        raise ValueError("keep: got 'f1', but the tags mark no names; want loss or accuracy")
    config = pretrained.check(vectors, config)
    validate_tagger(config)
    body(config)  # refuses what its layers cannot be made of
    validate(optimization)


def _check_files(data: str) -> None:
    """Whether all files with commas between them are there, before the first of them is read."""
    for name in data.split(",") if "," in data else ():
        if not Path(name).is_file():
            raise ValueError(f"data: got {name!r} among several files, but there is no such file")
