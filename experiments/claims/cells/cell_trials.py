"""GRU and LSTM on three small tasks: learning curves, parameters and seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from experiments.claims.cells.adding_task import adding_task
from experiments.claims.cells.character_task import character_task
from experiments.claims.cells.motif_task import motif_task
from experiments.claims.cells.small_task import SmallTask, equal_width, functions, parameters
from experiments.claims.claim import Results
from experiments.claims.shared.learning_curves import at, learning_curve, updating
from experiments.claims.shared.timing import by_turns
from experiments.claims.shared.updates import adam
from seqjax.basics.types import Tree
from seqjax.cells import CELLS


class Size(NamedTuple):
    """How one task is trained."""

    task: Callable[[], SmallTask]
    hidden: int
    """of the LSTM"""
    batch: int
    every: int
    """updates from one point of a learning curve to the next"""
    rate: float


SIZES = {
    "adding": Size(adding_task, 24, 32, 150, 1e-2),
    "characters": Size(character_task, 48, 32, 70, 1e-2),
    "motifs": Size(motif_task, 12, 16, 50, 1e-2),
}
POINTS = 6
UPDATES = 10
"""In one run that is timed."""
NAMES = ("lstm", "gru")


def measure(seeds: Sequence[int], say: Callable[[str], None]) -> dict[str, Any]:
    """By task: each cell at equal parameters, and what the GRU costs at the LSTM's width."""
    found = {name: _on_task(name, size, seeds, say) for name, size in SIZES.items()}
    return {"seeds": list(seeds), "tasks": found}


def _on_task(
    name: str, size: Size, seeds: Sequence[int], say: Callable[[str], None]
) -> dict[str, Any]:
    task = size.task()
    lstm = task.network([CELLS["lstm"](size.hidden)], "sequential")
    budget = parameters(lstm, task.inputs)
    found: dict[str, Any] = {"every": size.every, "cells": {}}
    for cell in NAMES:
        hidden, count = equal_width(task, CELLS[cell], 1, budget)
        network = task.network([CELLS[cell](hidden)], "sequential")
        _, values = learning_curve(
            *functions(task, network),
            task.rows,
            seeds=seeds,
            points=POINTS,
            every=size.every,
            batch=size.batch,
            optimizer=adam(size.rate),
            say=say,
            name=f"{cell} on {name}",
        )
        found["cells"][cell] = {
            "hidden": hidden,
            "parameters": count,
            "curves": values.tolist(),
        }
    say(f"time of updates on {name}")
    network = task.network([CELLS["gru"](size.hidden)], "sequential")
    found["same_width"] = {"parameters": parameters(network, task.inputs)}
    # By turns, so that whatever else the machine does meets all of them.
    seconds = by_turns(
        {cell: _updating(task, size, cell, found["cells"][cell]["hidden"]) for cell in NAMES}
        | {"same_width": _updating(task, size, "gru", size.hidden)}
    )
    for cell in NAMES:
        found["cells"][cell]["seconds"] = seconds[cell] / UPDATES
    found["same_width"]["seconds"] = seconds["same_width"] / UPDATES
    return found


def _updating(task: SmallTask, size: Size, cell: str, hidden: int) -> Callable[[], Tree]:
    """Does UPDATES of one network, with the driver that a person would get."""
    network = task.network([CELLS[cell](hidden)], "auto")
    init, loss, _ = functions(task, network)
    return updating(
        init, loss, task.rows, batch=size.batch, optimizer=adam(size.rate), updates=UPDATES
    )


def at_equal_time(found: Results) -> dict[str, list[float]]:
    """Each cell's quality by seed when the faster one has had all its updates."""
    cells = found["cells"]
    updates = found["every"] * len(cells[NAMES[0]]["curves"][0])
    budget = updates * min(cell["seconds"] for cell in cells.values())
    return {
        name: [at(curve, found["every"], budget / cell["seconds"]) for curve in cell["curves"]]
        for name, cell in cells.items()
    }


def ends(found: Results) -> dict[str, list[float]]:
    """Each cell's quality by seed after all updates."""
    return {name: [curve[-1] for curve in cell["curves"]] for name, cell in found["cells"].items()}
