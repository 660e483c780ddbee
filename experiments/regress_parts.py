"""Which series are for training, for validation and for the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seqjax.data.builtin.catalogue import DATASETS, dataset
from seqjax.data.formats.numeric import Series, read_series
from seqjax.data.partition import partition
from seqjax.data.text import NAMES

TASK = "regress"
PARTS = ("train", "valid", "test")


def series_parts(data: str, id: str, shares: Mapping[str, float]) -> dict[str, list[Series]]:
    """The series of a data set by name, of a file or of a folder, by part.

    Several series are cut at random, a single one along time, unless a folder has a file for each
    part.

    Args:
      id: of CSV files, the column that tells series apart.
      shares: of valid and test, where there is no file for them.

    Raises:
      ValueError: for what cannot be read, series of other columns, or a part without series.
    """
    if data in DATASETS or not Path(data).exists():
        return dataset(TASK, data).load()
    parts = _files(data, id)
    alike = {series.columns for found in parts.values() for series in found}
    if len(alike) > 1:
        first, second, *_ = sorted(", ".join(columns) for columns in alike)
        raise ValueError(f"data: got series of columns {first} and of {second}, want the same")
    shares = {part: share for part, share in shares.items() if part not in parts}
    whole = parts["train"]
    if len(whole) > 1:
        cut = partition(range(len(whole)), shares, rest="train", seed=0)
        parts |= {part: [whole[place] for place in places] for part, places in cut.items()}
    else:
        parts |= _in_time(whole[0], shares)
    if "valid" not in parts:
        raise ValueError("valid: got no series for it, want some: they decide what is kept")
    return {part: parts[part] for part in PARTS if part in parts}


def _files(data: str, id: str) -> dict[str, list[Series]]:
    path = Path(data)
    if not path.is_dir():
        return {"train": read_series(path, id=id)}
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    named = {part: [p for p in files if p.name.split(".")[0] in NAMES[part]] for part in PARTS}
    if named["train"]:
        found = {part: paths[0] for part, paths in named.items() if paths}
        return {part: read_series(each, id=id) for part, each in found.items()}
    series = [each for file in files for each in read_series(file, id=id)]
    if not series:
        raise ValueError(f"data: got no files in {data}, want CSV, NPY or NPZ files")
    return {"train": series}


def _in_time(series: Series, shares: Mapping[str, float]) -> dict[str, list[Series]]:
    """One series cut in time: training first, then validation, then the test."""
    order = [part for part in ("valid", "test") if shares.get(part)]
    if min(shares.values(), default=0) < 0 or sum(shares.values()) >= 1:
        raise ValueError(f"shares: got {shares}, want 0 or more each and below 1 together")
    end, found = len(series.values), {}
    for part in reversed(order):
        begin = end - round(shares[part] * len(series.values))
        found[part] = [series._replace(name=part, values=series.values[begin:end])]
        end = begin
    found["train"] = [series._replace(name="train", values=series.values[:end])]
    if empty := [part for part, (each,) in found.items() if not len(each.values)]:
        raise ValueError(f"{empty[0]}: got no step of {len(series.values)}, want a longer series")
    return found
