"""Which files of a folder or pattern are for training, validation and test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from seqjax.data.partition import partition
from seqjax.data.text import NAMES

PARTS = ("train", "valid", "test")
T = TypeVar("T")


def files_by_part(data: str) -> dict[str, Path]:
    """The file of each part in a folder or a pattern, by a word of its name, as in dev.conll.

    Args:
      data: a folder, or a pattern such as "folder/*.conll"; hidden files do not count.

    Raises:
      ValueError: for a part with several files, or no file for training.
    """
    path = Path(data)
    paths = sorted(path.parent.glob(path.name)) if "*" in data else sorted(path.iterdir())
    files = [file for file in paths if file.is_file() and not file.name.startswith(".")]
    words = {file: set(re.split(r"[\W_]+", file.name.lower())) for file in files}
    by_part = {part: [f for f in files if NAMES[part] & words[f]] for part in PARTS}
    for part, candidates in by_part.items():
        if len(candidates) > 1 or (part == "train" and not candidates):
            raise ValueError(
                f"data: got {len(candidates) or 'no'} files for {part} in {data}, want one with"
                f" {' or '.join(sorted(NAMES[part]))} in its name; there are:"
                f" {', '.join(f.name for f in files) or 'no files'}"
            )
    return {part: candidates[0] for part, candidates in by_part.items() if candidates}


def cut_parts(
    parts: Mapping[str, Sequence[T]],
    shares: Mapping[str, float],
    *,
    keys: Sequence[Any] | None = None,
    seed: int,
    what: str,
) -> dict[str, list[T]]:
    """All parts in their order; those that are missing are cut from the training part at random.

    Args:
      parts: train, and those of valid and test that have files of their own.
      shares: of valid and test, of the training part.
      keys: of its members; those with equal keys stay together. None: each by itself.
      what: they are called so in an error.

    Raises:
      ValueError: for shares that cannot be cut, or no validation part.
    """
    train = parts["train"]
    missing = {part: share for part, share in shares.items() if part not in parts}
    groups = range(len(train)) if keys is None else keys
    indices = partition(groups, missing, rest="train", seed=seed)
    members = {**parts, **{part: [train[n] for n in numbers] for part, numbers in indices.items()}}
    if "valid" not in members:
        raise ValueError(f"valid: got no {what} for it, want some: they decide what is kept")
    return {part: list(members[part]) for part in PARTS if part in members}
