"""Data sets by name: made from what every Python installation carries, or from a seed."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, NamedTuple

Records = dict[str, list[Any]]
"""by part, train, valid and test: what the task calls a record"""


class Dataset(NamedTuple):
    """A data set that needs no file."""

    task: str
    """tag, classify, translate, ...: the launch it is for"""
    about: str
    """one line for a person"""
    load: Callable[[], Records]


DATASETS: dict[str, Dataset] = {}


def dataset(task: str, name: str) -> Dataset:
    """The data set of that name.

    Raises:
      ValueError: if there is none for that task; lists those there are.
    """
    names = [each for each, found in DATASETS.items() if found.task == task]
    if name in names:
        return DATASETS[name]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"data: got {name!r}, which is neither a file or folder nor a data set; those of"
        f" {task} are {', '.join(names) or 'none'}{hint}"
    )
