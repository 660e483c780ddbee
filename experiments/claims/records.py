"""What is kept of a claim that was measured: a file of JSON each, whole or not there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqjax.basics.whole_file import whole_file

FOLDER = "results"
"""Of the records, in that of the report."""


@dataclasses.dataclass(frozen=True)
class Record:
    """Results, and under what they were found."""

    name: str
    seeds: list[int]
    seconds: float
    """of measuring, compilation included"""
    machine: dict[str, Any]
    """processor, cores, devices, and versions of what computes"""
    source: str
    """``fingerprint`` of the claim"""
    results: dict[str, Any]


def write(folder: Path, record: Record) -> Record:
    """Keeps a record, and gives it as ``read`` will.

    Raises:
      TypeError: for results that JSON has no form for.
    """
    path = _path(folder, record.name)
    text = json.dumps(dataclasses.asdict(record), indent=1, default=_number)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text(f"{text}\n", encoding="utf-8")
    return Record(**json.loads(text))


def read(folder: Path, name: str) -> Record | None:
    """The record of a claim; None where there is none.

    Raises:
      ValueError: for a file that is no record.
    """
    path = _path(folder, name)
    if not path.is_file():
        return None
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{path}: got no results of a claim ({error}), want a file that this launch wrote;"
            " delete it to measure again"
        ) from None


def mark(file: Path) -> str:
    """What the source of a record ends with where a file, or a folder of files, was used too."""
    digest = hashlib.sha256()
    for path in sorted(file.rglob("*")) if file.is_dir() else [file]:
        if path.is_file():
            digest.update(path.read_bytes())
    return f"+{digest.hexdigest()[:16]}"


def is_current(record: Record | None, source: str, seeds: Sequence[int] | None = None) -> bool:
    """Whether that code has measured it, and from those seeds if any are named.

    What a file has added does no harm where none is asked for.
    """
    return (
        record is not None
        and source in (record.source, record.source.partition("+")[0])
        and (seeds is None or record.seeds == list(seeds))
    )


def _path(folder: Path, name: str) -> Path:
    return folder / FOLDER / f"{name}.json"


def _number(value: Any) -> Any:
    """Numbers and arrays of NumPy and JAX as JSON has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"results: got {type(value).__name__}, want numbers, strings, lists and dicts")
