"""Which series are for training, for validation and for the test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.numeric import Series, read_series
from seqjax.data.text import NAMES
from seqjax.tasks.part_files import cut_parts, files_by_part
from seqjax.tasks.regression.columns import required_columns
from seqjax.tasks.regression.config import NAME, RegressionData, builtin

SEED = 0
"""Of the cut: the parts of a file do not depend on the seed of the run."""


def series_parts(config: RegressionData) -> dict[str, list[Series]]:
    """The series of a data set by name, of a file, of a folder or of a pattern, by part.

    Several series are cut at random, a single one along time, unless a folder has a file for each
    part.

    Raises:
      ValueError: for what cannot be read, series of other columns, a share beside a file for that
        part, or a part without series or steps.
    """
    if builtin(config.data):
        return dataset(NAME, config.data).load()
    parts = _files(config)
    # Where the settings name all columns, series may differ in others.
    required = required_columns(config)
    column_sets = {required or each.columns for members in parts.values() for each in members}
    if len(column_sets) > 1:
        first, second, *_ = sorted(", ".join(columns) for columns in column_sets)
        raise ValueError(f"data: got series of columns {first} and of {second}, want the same")
    for part in ("valid", "test"):
        if part in parts and getattr(config, part) != getattr(RegressionData(), part):
            raise ValueError(f"{part}: got {getattr(config, part)}, but there is a file for it")
    shares = {"test": config.test, "valid": config.valid}
    if len(parts["train"]) == 1:
        missing = {part: share for part, share in shares.items() if part not in parts}
        parts, shares = parts | _cut_in_time(parts["train"][0], missing), {}
    return cut_parts(parts, shares, seed=SEED, what="series")


def _files(config: RegressionData) -> dict[str, list[Series]]:
    path = Path(config.data)
    if not ("*" in config.data or path.is_dir()):
        return {"train": _read(config, path)}
    paths = path.parent.glob(path.name) if "*" in config.data else path.iterdir()
    files = sorted(file for file in paths if file.is_file() and not file.name.startswith("."))
    if any(NAMES["train"] & set(re.split(r"[\W_]+", file.name.lower())) for file in files):
        by_part = files_by_part(config.data)
        return {part: _read(config, file) for part, file in by_part.items()}
    series = [each for file in files for each in _read(config, file)]
    if not series:
        raise ValueError(f"data: got no files in {config.data}, want CSV, NPY or NPZ files")
    return {"train": series}


def _read(config: RegressionData, path: Path) -> list[Series]:
    columns, delimiter = required_columns(config), config.delimiter
    encoding = config.encoding
    return read_series(path, id=config.id, columns=columns, delimiter=delimiter, encoding=encoding)


def _cut_in_time(series: Series, shares: Mapping[str, float]) -> dict[str, list[Series]]:
    """One series cut in time: training first, then validation, then the test."""
    order = [part for part in ("valid", "test") if shares.get(part)]
    if min(shares.values(), default=0) < 0 or sum(shares.values()) >= 1:
        raise ValueError(f"shares: got {shares}, want 0 or more each and below 1 together")
    steps, parts = len(series.values), {}
    end = steps
    for part in reversed(order):
        begin = end - round(shares[part] * steps)
        parts[part] = [series._replace(name=part, values=series.values[begin:end])]
        end = begin
    parts["train"] = [series._replace(name="train", values=series.values[:end])]
    if empty := [part for part, (member,) in parts.items() if not len(member.values)]:
        raise ValueError(f"{empty[0]}: got no step of {steps}, want a longer series")
    return parts
