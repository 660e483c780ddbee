"""From the flags that name labelled texts to their parts for training, validation and test."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats.passages import FILES, FIRST, Columns, Passage, passages
from seqjax.data.partition import partition
from seqjax.data.text import NAMES

TASK = "classify"
PARTS = ("train", "valid", "test")
TABLES = ("text_column", "label_column", "header")
Parts = dict[str, list[Passage]]


@dataclasses.dataclass(frozen=True)
class FilesConfig:
    """Which texts and labels."""

    data: str = option(
        "topics", "a file, a folder or a pattern (\"folder/name.*\") with one file each for train,"
        " valid and test, or the name of a data set: topics, motifs; what is missing of valid and"
        " test is cut from the training file"
    )  # fmt: skip
    layout: str = option(
        "", "tsv, csv, jsonl, label_first (a label, then the text) or classes (a folder with a"
        " file for each class); nothing: as the file's name has it"
    )  # fmt: skip
    text_column: str = option("text", "tables: name of the column of texts")
    label_column: str = option("label", "tables: name of the column of labels")
    header: bool = option(True, "tables: the first line names the columns; else they have numbers")
    label_upto: str = option("", "a label ends before this mark; ':' makes DESC of DESC:manner")
    label_separator: str = option("", "output=multilabel: what stands between labels, such as '|'")
    valid: float = option(0.1, "share of a file without validation part that is cut off for it")
    test: float = option(0.1, "share of a file without test part that is cut off for it")
    distinct: bool = option(False, "keep equal texts in one part when a file is cut")


def parts(config: FilesConfig, seed: int) -> tuple[Parts, str]:
    """The passages of each part, and what the data is called.

    Raises:
      ValueError: for what cannot be read or cut, or a flag that nothing would use.
    """
    if config.data in DATASETS or not _exists(config.data):
        named = dataset(TASK, config.data)
        names = {field.name for field in dataclasses.fields(FilesConfig)}
        _unused(config, *sorted(names - {"data", "label_separator"}), why="for a data set by name")
        return named.load(), config.data
    if config.layout in {FIRST, FILES}:
        _unused(config, *TABLES, why=f"with layout={config.layout}, which has no columns")
    files = _files(config)
    columns = Columns(
        config.text_column, config.label_column, config.header, config.label_separator,
        config.label_upto,
    )  # fmt: skip
    found = {part: passages(path, columns, layout=config.layout) for part, path in files.items()}
    _unused(config, *sorted({"valid", "test"} & set(files)), why="but that part has a file")
    shares = {part: getattr(config, part) for part in ("test", "valid") if part not in files}
    if not any(shares.values()):
        _unused(config, "distinct", why="but nothing is cut")
    whole = found["train"]
    keys = [p.text for p in whole] if config.distinct else range(len(whole))
    cut = partition(keys, shares, rest="train", seed=seed)
    found |= {part: [whole[place] for place in places] for part, places in cut.items()}
    if "valid" not in found:
        raise ValueError("valid: got no examples for it, want some: they decide what is kept")
    return {part: found[part] for part in PARTS if part in found}, Path(config.data).name


def _unused(config: FilesConfig, *names: str, why: str) -> None:
    for name in names:
        if (value := getattr(config, name)) != getattr(FilesConfig(), name):
            raise ValueError(f"{name}: got {value!r} {why}: nothing would use it")


def _exists(data: str) -> bool:
    return "*" in data or Path(data).exists()


def _files(config: FilesConfig) -> dict[str, Path]:
    """The file of each part that has one; a folder of classes is one of train alone."""
    path = Path(config.data)
    if "*" in config.data:
        files = sorted(path.parent.glob(path.name))
    elif path.is_dir() and config.layout != FILES:
        files = sorted(path.iterdir())
    else:
        return {"train": path}
    found = {part: [f for f in files if NAMES[part] & _name_words(f)] for part in PARTS}
    for part, several in found.items():
        if len(several) > 1 or (part == "train" and not several):
            raise ValueError(
                f"data: got {len(several) or 'no'} files for {part} in {config.data}, want one with"
                f" {' or '.join(sorted(NAMES[part]))} in its name; there are:"
                f" {', '.join(f.name for f in files) or 'no files'}"
            )
    return {part: several[0] for part, several in found.items() if several}


def _name_words(path: Path) -> set[str]:
    return set(re.split(r"[\W_]+", path.name.lower())) if path.is_file() else set()
