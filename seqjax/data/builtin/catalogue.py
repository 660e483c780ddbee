"""Data sets by name: made from what every Python installation carries, or from a seed."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from seqjax.data.builtin.adding import adding_parts
from seqjax.data.builtin.beeps import beeps
from seqjax.data.builtin.dates import date_parts
from seqjax.data.builtin.identifiers import identifier_parts
from seqjax.data.builtin.motifs import motif_parts, motif_tags
from seqjax.data.builtin.progressions import progressions
from seqjax.data.builtin.python_tokens import python_tokens
from seqjax.data.builtin.topics import topic_parts
from seqjax.data.builtin.waves import waves
from seqjax.data.formats import huggingface

Records = dict[str, list[Any]]
"""by part, train, valid and test: what the task calls a record"""


class Dataset(NamedTuple):
    """A data set that needs no file."""

    task: str
    """the task it is for; of composition also whether music or texts"""
    about: str
    """one line for a person"""
    load: Callable[[], Records]


DATASETS: dict[str, Dataset] = {
    "adding": Dataset("regression", "the sum of the two marked numbers of a row", adding_parts),
    "beeps": Dataset("transcription", "made-up beeps of seven pitches in noise, as frames", beeps),
    "dates": Dataset("translation", "made-up dates in words, and as ISO 8601 has them", date_parts),
    "topics": Dataset(
        "classification", "passages of Python's documentation by subject, six classes", topic_parts
    ),
    "identifiers": Dataset(
        "composition of texts",
        "names of Python's standard library by what they name",
        identifier_parts,
    ),
    "motifs": Dataset("classification", "made-up DNA with one of two motifs or none", motif_parts),
    "motif_tags": Dataset(
        "tagging", "made-up DNA, each letter by the motif it is part of", motif_tags
    ),
    "progressions": Dataset("composition of music", "made-up chords of four voices", progressions),
    "python": Dataset(
        "tagging", "tokens of Python's standard library by their role", python_tokens
    ),
    "waves": Dataset("regression", "made-up sums of two waves with noise", waves),
}


def dataset(task: str, name: str) -> Dataset:
    """The data set of that name; hf:NAME is one of the Hugging Face hub.

    Raises:
      ValueError: if there is none for that task; lists those there are.

    >>> dataset("tagging", "motif_tags").about
    'made-up DNA, each letter by the motif it is part of'
    """
    if name.startswith(huggingface.PREFIX):
        load = functools.partial(huggingface.records, task, name)
        return Dataset(task, "from the Hugging Face hub", load)
    names = [label for label, entry in DATASETS.items() if entry.task == task]
    if name in names:
        return DATASETS[name]
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"data: got {name!r}, which is neither a file or folder nor a data set; those of"
        f" {task} are {', '.join(names) or 'none'}{hint}"
    )
