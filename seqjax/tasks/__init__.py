"""Tasks: everything that turns files into a trained, evaluated, usable model."""

from __future__ import annotations

from seqjax.tasks import (
    classification,
    composition,
    language_model,
    regression,
    tagging,
    transcription,
    translation,
    word_vectors,
)
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import DataSet, Part, Task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        classification.TASK,
        composition.TASK,
        language_model.TASK,
        regression.TASK,
        tagging.TASK,
        transcription.TASK,
        translation.TASK,
        word_vectors.TASK,
    )
}
"""By name, as ``seqjax.train`` and run directories have it."""

__all__ = ["TASKS", "DataSet", "Loaded", "Part", "Task"]
