"""The tasks by name, and the cells."""

from __future__ import annotations

from collections.abc import Callable

from experiments.quality_trials.lag_tasks import (
    adding_task,
    long_adding_task,
    reber_task,
    selective_copying_task,
    two_sequences_task,
    two_strings_task,
)
from experiments.quality_trials.seen_tasks import (
    characters_task,
    digit_pixels_task,
    digit_rows_task,
)
from experiments.quality_trials.task import Task
from experiments.quality_trials.tracking_tasks import parity_task, permutations_task

LINEAR = ("min_gru", "min_lstm", "rg_lru", "sru", "lru", "diagonal_ssm")
"""Cells that are linear in time."""
COMPARED = ("lstm", "gru", "rnn", "slstm", "ind_rnn", *LINEAR)
TASKS: dict[str, Callable[[], Task]] = {
    "parity": parity_task,
    "permutations": permutations_task,
    "reber": reber_task,
    "selective_copying": selective_copying_task,
    "digit_rows": digit_rows_task,
    "two_strings": two_strings_task,
    "two_sequences": two_sequences_task,
    "digit_pixels": digit_pixels_task,
    "characters": characters_task,
    "adding": adding_task,
    "long_adding": long_adding_task,
}
"""In order, short ones first."""


def task_of(name: str, file: str) -> Task:
    """The task; ``file`` is the text of characters."""
    return characters_task(file) if name == "characters" else TASKS[name]()
