"""Launches of one run in one process share the data and the programs of a step."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from seqjax.runs import begin as module
from seqjax.runs.prepare import Prepared, prepare
from seqjax.tasks import Task
from seqjax.tasks.settings import as_json


@contextlib.contextmanager
def prepared_once(made: dict[str, Prepared] | None = None) -> Iterator[None]:
    """In the block, runs whose settings differ in the folder alone are prepared once.

    Args:
      made: what other blocks, which were given the same dictionary, have prepared.
    """
    made = {} if made is None else made

    def again(task: Task, configs: Sequence[Any], memory: Any = None) -> Prepared:
        config = as_json(*configs)
        key = json.dumps([task.name, {**config, "workdir": ""}])
        if key not in made:
            made[key] = prepare(task, configs, memory)
        return made[key]._replace(record={**made[key].record, "config": config})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "prepare", again)
        yield
