"""Measures steps of one case over the devices that this process sees, and prints JSON.

    python -m experiments.benchmark.scaling.worker '{"case": "tagger", "mesh": "data:2", ...}'

It is a process of its own, since JAX counts devices once.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from experiments import launch
from experiments.benchmark.scaling import seeds
from experiments.benchmark.scaling.cases import CASES
from experiments.benchmark.scaling.exchange import exchange
from seqjax.runs.prepare import prepare
from seqjax.runs.start import start
from seqjax.tasks import TASKS
from seqjax.tasks.settings import from_settings
from seqjax.training.adaptation import Adaptation
from seqjax.training.layout import Layout, layout

ADAPTATION = Adaptation(scale=1.0, averaging=False)


def measure(case: str, mesh: str, folder: str, steps: int) -> dict[str, Any]:
    """Seconds of compiling and of a step, what a step counts, and what it exchanges.

    Args:
      case: a name in ``CASES``.
      mesh: such as "data:2"; nothing for one device without a mesh.
      folder: where the file of the case is, or will be.
      steps: of which the median counts; three more come before.
    """
    definition = CASES[case]
    path = Path(folder) / f"{definition.task}.txt"
    task = TASKS[definition.task]
    configs = from_settings(task.configs, {**definition.settings, "data": path, "mesh": mesh})
    prepared = prepare(task, configs)
    data_set, training = prepared.data_set, prepared.training
    grid = layout(mesh)
    state = start(training, grid, 0, lambda: False).state
    source = data_set.parts["train"].source
    rows = grid.rows_here(training.rows.number) if grid and training.rows.axes else None
    items = [(source.only(rows) if rows else source)[k % len(source)] for k in range(4)]
    program, batches, compiling, text = _compiled(training, grid, state, items)
    seconds = []
    for k in range(steps + 3):
        begin = time.perf_counter()
        state, metrics = program(state, batches[k % len(batches)], ADAPTATION)
        jax.block_until_ready((state, metrics))
        seconds.append(time.perf_counter() - begin)
    _, count = metrics["words" if definition.task == "word_vectors" else "loss"]
    amount = float(metrics["words"][0]) if definition.task == "word_vectors" else float(count)
    found = exchange(text, definition.trips)
    return {
        "compile": compiling,
        "step": statistics.median(seconds[3:]),
        "amount": amount,
        "bytes": dict(found.bytes),
        "calls": dict(found.calls),
    }


def _compiled(
    training: Any, grid: Layout | None, state: Any, items: list[Any]
) -> tuple[Any, list[Any], float, str]:
    """(the step, batches on the devices, seconds of compiling, the program as text)."""
    if grid is None:
        begin = time.perf_counter()
        compiled = training.step.lower(state, items[0], ADAPTATION).compile()
        return compiled, items, time.perf_counter() - begin, compiled.as_text()
    batches = [grid.batch(item, training.rows.axes) for item in items]
    shardings = jax.tree.map(lambda leaf: leaf.sharding, state)
    with grid.scope():
        begin = time.perf_counter()
        lowered = grid.program(training.step, shardings).lower(state, batches[0], ADAPTATION)
        compiled = lowered.compile()
    return compiled, batches, time.perf_counter() - begin, compiled.as_text()


def main(words: Sequence[str]) -> None:
    """Joins other processes, if there are any, and prints what it has measured."""
    job = json.loads(words[0])
    if join := job.pop("join", None):
        jax.distributed.initialize(*join)
    result = seeds.measure(**job) if "seeds" in job else measure(**job)
    print(json.dumps(result), flush=True)


def write(folder: Path) -> None:
    """The files of all cases, made up with a fixed seed."""
    for case in CASES.values():
        case.write(folder / f"{case.task}.txt", np.random.default_rng(0))


if __name__ == "__main__":
    launch.run(main, words=True)
