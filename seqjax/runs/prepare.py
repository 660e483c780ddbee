"""What a run trains: data that was read, and the model that was built for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax

from seqjax.tasks.model import model_of
from seqjax.tasks.settings import as_json
from seqjax.tasks.task import DataSet, Task
from seqjax.tasks.training import Training
from seqjax.training.config import Optimization, averaging
from seqjax.training.optimizers import optimizer


class Prepared(NamedTuple):
    """Data that was read, and the model that was built for it."""

    record: dict[str, Any]
    """what run.json is to say: task, config, data, monitor"""
    data_set: DataSet
    model: Any
    training: Training


EPOCH, EPOCHS = 1_000_000, 1_000
"""Larger than any run's, so that what depends on its length is not refused before it is known."""


def check_training(configs: Sequence[Any]) -> None:
    """Refuses settings of the optimizer that are wrong whatever the data: nothing is read for them.

    Raises:
      ValueError: names the setting.
    """
    for config in configs:
        if isinstance(config, Optimization):
            averaging(config)
            optimizer(config, EPOCH, EPOCH * EPOCHS)


def prepare(task: Task, configs: Sequence[Any]) -> Prepared:
    """Reads the data and builds the model, from settings that have been checked.

    Args:
      configs: instances of ``task.configs``, in their order.

    Raises:
      ValueError: for data that cannot be read or does not fit, or what a layer refuses.
    """
    data_set = task.read(*configs)
    record = {"task": task.name, "config": as_json(*configs), "data": dict(data_set.data)}
    record["monitor"] = task.monitor(record)
    model = model_of(task, record, data_set.vocabularies)
    training = task.training(task, model, record, data_set, configs)
    # Shapes alone walk through a step, so that what a layer refuses is refused by now.
    jax.eval_shape(training.try_step, data_set.parts["train"].source[0])
    return Prepared(record, data_set, model, training)
