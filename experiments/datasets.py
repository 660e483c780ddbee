"""Data sets by name: python -m experiments.datasets; their first records: --show=NAME.

Any of them is data for the launch of its task, as in python -m experiments.tag --data=python.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from experiments import flags, launch
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import DATASETS, Dataset

WIDTH, FIRST = 100, 6
"""Most characters of a text, and numbers of an array, that are shown."""


@dataclasses.dataclass(frozen=True)
class DatasetsConfig:
    """What is shown."""

    show: str = option("", "name of a data set whose first records are shown; nothing: a list")
    count: int = option(3, "records that are shown")


def line(name: str, found: Dataset) -> str:
    """Name, task, sizes and what it is."""
    sizes = " / ".join(f"{len(records):,}" for records in found.load().values())
    return f"{name:<13} {found.task:<14} {sizes:<24} {found.about}"


def records(name: str, count: int) -> str:
    """The first records of the training part, in short.

    Raises:
      ValueError: for an unknown name, or no records to show.
    """
    checks.positive("count", count)
    found = checks.lookup("show", DATASETS, name).load()
    return "\n".join(short(record) for record in found["train"][:count])


def short(record: Any) -> str:
    """A record: names and values of its parts, each in one line that is not long."""
    if hasattr(record, "_asdict"):
        return "\n".join(f"{field}: {_value(value)}" for field, value in record._asdict().items())
    if isinstance(record, tuple):
        return "\n".join(_value(value) for value in record)
    return _value(record)


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        more = ", ..." if value.size > FIRST else ""
        first = ", ".join(
            f"{number:.4g}" if value.dtype.kind == "f" else f"{number}"
            for number in value.ravel()[:FIRST]
        )
        return f"{value.dtype}{list(value.shape)} {first}{more}"
    text = str(value).replace("\n", " ")
    return text if len(text) <= WIDTH else text[: WIDTH - 4] + " ..."


def main() -> None:
    """Prints the list, or records."""
    with launch.mistakes():
        config = flags.parse(DatasetsConfig)
        shown = records(config.show, config.count) if config.show else ""
    if shown:
        print(shown)
        return
    print(f"{'name':<13} {'task':<14} {'train / valid / test':<24} what it is")
    for name, found in sorted(DATASETS.items(), key=lambda pair: (pair[1].task, pair[0])):
        print(line(name, found), flush=True)
    print("hf:NAME       is a data set of the Hugging Face hub, for tag, classify and translate")


if __name__ == "__main__":
    flags.define(DatasetsConfig)
    launch.run(main)
