"""Which runs one program can train together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr

from seqjax.runs.comparison import NOT_COMPARED
from seqjax.runs.run import Run
from seqjax.training.adaptation import Adaptation
from seqjax.training.config import Optimization
from seqjax.training.differing_constants import differing
from seqjax.training.merged_step import program

OPTIMIZATION = [field.name for field in dataclasses.fields(Optimization)]


def grouped(runs: Sequence[Run]) -> tuple[list[Run], list[list[int]]]:
    """Runs, and the places of those whose steps differ in constants alone, group by group.

    Runs that are equal but for their seed get one step, and those that differ in nothing that their
    model is made of one model: what either compiles, for training or evaluation, is compiled once.
    """
    shared: list[Run] = []
    groups: list[list[int]] = []
    programs: list[ClosedJaxpr] = []
    group_of: list[int] = []
    for run in runs:
        place = _first(shared, run, NOT_COMPARED)
        if place is not None:
            run, group = _with_step(run, shared[place]), group_of[place]
        else:
            place = _first(shared, run, (*NOT_COMPARED, *OPTIMIZATION))
            if place is not None:
                run = run._replace(model=shared[place].model)
            run, group = _matched(run, [shared[each[0]] for each in groups], programs)
        if group == len(groups):
            groups.append([])
            programs.append(step_program(run, run))
        groups[group].append(len(shared))
        group_of.append(group)
        shared.append(run)
    return shared, groups


def _matched(run: Run, firsts: Sequence[Run], programs: Sequence[ClosedJaxpr]) -> tuple[Run, int]:
    """The run, and the number of the group that it belongs to; of a new one where to none."""
    for group, (first, base) in enumerate(zip(firsts, programs, strict=True)):
        constants = differing(base, step_program(run, first))
        if constants is None:
            continue
        if not constants and _settings(run, NOT_COMPARED) == _settings(first, NOT_COMPARED):
            # The seed has cut the data otherwise, and the network is the same.
            return _with_step(run, first), group
        return run, group
    return run, len(programs)


def step_program(run: Run, first: Run) -> ClosedJaxpr:
    """The step of a run, for a batch of the first one."""
    batch, key = first.data_set.parts["train"].source[0], jax.random.key(0)
    params = jax.eval_shape(run.training.init, key)
    state = jax.eval_shape(run.training.begin, params, key)
    adaptation: Any = Adaptation(np.float32(1), np.bool_(False))  # type: ignore[arg-type]
    return program(run.training.step, state, batch, adaptation)


def _with_step(run: Run, other: Run) -> Run:
    """With the step and the model of another one."""
    return run._replace(training=run.training._replace(step=other.training.step), model=other.model)


def _first(runs: Sequence[Run], run: Run, but: Sequence[str]) -> int | None:
    """The place of the first one whose settings but for some, and whose data, are equal."""
    for place, other in enumerate(runs):
        if (
            _settings(run, but) == _settings(other, but)
            and run.record["data"] == other.record["data"]
            and run.data_set.vocabularies == other.data_set.vocabularies
        ):
            return place
    return None


def _settings(run: Run, but: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in run.record["config"].items() if name not in but}
