"""The model of a run, in training and in loading alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqjax.basics import precision
from seqjax.data import Vocabulary
from seqjax.tasks.settings import Record, RunConfig, of_record

if TYPE_CHECKING:
    from seqjax.tasks.task import Task


def model_of(task: Task, record: Record, vocabularies: Mapping[str, Vocabulary]) -> Any:
    """The model that the task builds, all of whose functions run at the precision of the run.

    Where a run chose its driver by the memory that it takes, that is the driver of the model.
    """
    if memory := record.get("memory"):
        record = {**record, "config": {**record["config"], "driver": memory["driver"]}}
    model = task.build(record, vocabularies)
    return precision.of_model(model, of_record(RunConfig, record).precision)
