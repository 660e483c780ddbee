"""How a model is trained: what ``fit`` is given beside batches and writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TextIO

from seqjax.basics.types import Array, Params
from seqjax.tasks.settings import RunConfig, nonfinite_rule
from seqjax.training.adaptation import Adaptation
from seqjax.training.fit import LoopConfig
from seqjax.training.progress import Progress
from seqjax.training.step import State, Step


class Rows(NamedTuple):
    """What several devices share of a step."""

    number: int
    setting: str
    """that says how many there are, such as "batch" """
    axes: Mapping[str, int] = {}
    """for each array of a batch the axis of its rows; all others every device has whole"""


class Training(NamedTuple):
    """How a model is trained, made of checked settings; nothing has been computed yet."""

    init: Callable[[Array], Params]
    """key -> the parameters before the first step"""
    begin: Callable[[Params, Array], State]
    """(parameters, key of the noise) -> the state before the first step"""
    step: Step
    adapt: Callable[[list[float]], Adaptation]
    """validation losses so far -> what changes for the next steps"""
    loop: LoopConfig
    progress: Callable[[int, TextIO | None], Progress]
    """(steps that were done before, stream or None for standard error) -> what shows the rest"""
    unit: str
    """what the count of "loss" counts, such as "words" """
    endless: bool
    """whether the run may be resumed with more epochs: nothing depends on its length"""
    try_step: Callable[[Any], Any]
    """a batch -> what a step makes of it, walked through by shapes alone"""
    rows: Rows
    """what the devices of a mesh share"""
    measure_first: bool = False
    """whether the validation part is measured before the first step too"""
    remedy: str = "a smaller --rate or --clip"
    """what to change where numbers are no longer finite"""
    about: str = ""
    """lines for a person"""


def loop_of(run: RunConfig, epoch: int) -> LoopConfig:
    """When a run evaluates, logs and saves, in steps.

    Args:
      epoch: steps of one pass over the training part.
    """
    every = run.evaluate_every or epoch
    steps, rule = run.epochs * epoch, nonfinite_rule(run)
    return LoopConfig(steps, every, run.log_every, run.save_every, rule)
