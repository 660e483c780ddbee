"""Data sets by name: python -m experiments.datasets; their first records: --show=NAME.

Any of them is data for the launch of its task, as in python -m experiments.tag --data=python.
"""

from __future__ import annotations

import dataclasses

from experiments import flags, launch
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.builtin.catalogue import DATASETS, Dataset
from seqjax.data.builtin.show import short
from seqjax.data.formats import huggingface


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
    tasks = ", ".join(huggingface.RECORDS)
    print(f"hf:NAME       is a data set of the Hugging Face hub, for {tasks}")


if __name__ == "__main__":
    flags.define(DatasetsConfig)
    launch.run(main)
