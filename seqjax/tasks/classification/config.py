"""Settings of classification: which texts and labels, and how they become batches."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data import tokenizer
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.encodings import HELP as ENCODING
from seqjax.data.encodings import UTF8, check_encoding
from seqjax.data.formats.passages import FILES, FIRST
from seqjax.models.body import body
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.classifier_config import validate as validate_classifier
from seqjax.tasks.pretrained import config as pretrained
from seqjax.tasks.pretrained.config import PretrainedConfig
from seqjax.tasks.settings import RunConfig, unused
from seqjax.training.config import Optimization, validate

NAME = "classification"
OF_FILES = (
    "distinct", "encoding", "header", "label_column", "label_upto", "layout", "test",
    "text_column", "valid"
)  # fmt: skip
"""Settings that say how files are read and cut."""
OF_TABLES = ("text_column", "label_column", "header")


@dataclasses.dataclass(frozen=True)
class ClassificationRun(RunConfig):
    """The run: where it lies, how long it is, and how often it says something."""

    workdir: str = option("runs/classify", "folder of the run; the same one again resumes it")


@dataclasses.dataclass(frozen=True)
class ClassificationData:
    """The data: which texts and labels, and how they become tokens."""

    data: str = option(
        "topics", "a file, a folder or a pattern (\"folder/name.*\") with one file each for train,"
        " valid and test, or the name of a data set: topics, motifs; what is missing of valid and"
        " test is cut from the training file"
    )  # fmt: skip
    layout: str = option(
        "", "tsv, csv, jsonl, label_first (a label, then the text) or classes (a folder with a"
        " file for each class); nothing: as the file's name has it"
    )  # fmt: skip
    encoding: str = option(UTF8, ENCODING)
    text_column: str = option(
        "text", "tables: name of the column of texts; jsonl: a key, or review.text for one within"
        " the object of another"
    )  # fmt: skip
    label_column: str = option("label", "tables: the column of labels, in the same way")
    header: bool = option(True, "tables: the first line names the columns; else they have numbers")
    label_upto: str = option("", "a label ends before this mark; ':' makes DESC of DESC:manner")
    label_separator: str = option("", "output=multilabel: what stands between labels, such as '|'")
    valid: float = option(0.1, "share of a file without validation part that is cut off for it")
    test: float = option(0.1, "share of a file without test part that is cut off for it")
    distinct: bool = option(False, "keep equal texts in one part when a file is cut")
    tokenizer: str = option(
        "words", "characters, bytes, jamo, words or pretokenised (words with blanks between them)"
    )
    lower: bool = option(False, "make all letters small")
    longest: int = option(0, "tokens of a text that are read; 0: all")
    vocabulary: int = option(0, "most tokens that are known, the commonest; 0: all")
    minimum: int = option(1, "times that a token must occur in the training part to be known")
    batch: int = option(50, "examples of a batch")
    shapes: int = option(8, "lengths that batches are padded to: so many programs to compile")


CONFIGS = (ClassificationRun, ClassificationData, ClassifierConfig, PretrainedConfig, Optimization)


def check(
    run: ClassificationRun,
    data: ClassificationData,
    config: ClassifierConfig,
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
    if data.vocabulary == 1:
        raise ValueError("vocabulary: got 1, want 0 or 2 and more: <unk> takes one")
    _check_files(data)
    config = pretrained.check(vectors, config)
    validate_classifier(config)
    body(config)
    if (config.output == "multilabel") != bool(data.label_separator):
        raise ValueError(
            f"label_separator: got {data.label_separator!r}, want "
            + ("none unless" if data.label_separator else "one for")
            + " output=multilabel"
        )
    validate(optimization)


def _check_files(data: ClassificationData) -> None:
    if named(data):
        dataset(NAME, data.data)  # raises for a name that there is not
        unused(data, *OF_FILES, why="for a data set by name")
    elif data.layout in {FIRST, FILES}:
        unused(data, *OF_TABLES, why=f"with layout={data.layout}, which has no columns")
    elif data.text_column == data.label_column:
        raise ValueError(
            f"text_column, label_column: got {data.text_column!r} for both, want two columns"
        )


def named(data: ClassificationData) -> bool:
    """Whether the data is a data set by name, and no file, folder or pattern."""
    return data.data in DATASETS or not ("*" in data.data or Path(data.data).exists())
