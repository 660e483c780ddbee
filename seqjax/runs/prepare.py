"""What a run trains: data that was read, and the model that was built for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax

from seqjax.runs import memory_choice
from seqjax.tasks.model import model_of
from seqjax.tasks.settings import RunConfig, as_json
from seqjax.tasks.task import DataSet, Task
from seqjax.tasks.training import Training
from seqjax.training.config import Optimization, averaging
from seqjax.training.optimizers import optimizer


class Prepared(NamedTuple):
    """Data that was read, and the model that was built for it."""

    record: dict[str, Any]
    """what run.json is to say: task, config, data, monitor, memory where it has a budget"""
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


def prepare(
    task: Task, configs: Sequence[Any], memory: Mapping[str, Any] | None = None
) -> Prepared:
    """Reads the data and builds the model, from settings that have been checked.

    Args:
      configs: instances of ``task.configs``, in their order.
      memory: what a run that is resumed chose for its budget.

    Raises:
      ValueError: for data that cannot be read or does not fit, what a layer refuses, or a budget of
        memory that no walk keeps.
    """
    run: RunConfig = configs[0]
    data_set = task.read(*configs)
    record: dict[str, Any] = {
        "task": task.name,
        "config": as_json(*configs),
        "data": dict(data_set.data),
    }
    record["monitor"] = task.monitor(record)
    model, training = _built(task, record, data_set, configs)
    # Shapes alone walk through a step, so that what a layer refuses is refused by now.
    source = data_set.parts["train"].source
    jax.eval_shape(training.try_step, source[0])
    if run.memory:
        asked: str = record["config"]["driver"]

        def training_of(driver: str) -> Training:
            return _built(task, {**record, "memory": {"driver": driver}}, data_set, configs)[1]

        record["memory"] = memory or memory_choice.choose(run, asked, source, training_of)
        model, training = _built(task, record, data_set, configs)
        lines = [training.about, memory_choice.about(record["memory"], run.memory)]
        training = training._replace(about="\n".join(filter(None, lines)))
    return Prepared(record, data_set, model, training)


def _built(
    task: Task, record: dict[str, Any], data_set: DataSet, configs: Sequence[Any]
) -> tuple[Any, Training]:
    """The model that a record describes, and how it is trained."""
    model = model_of(task, record, data_set.vocabularies)
    return model, task.training(task, model, record, data_set, configs)
