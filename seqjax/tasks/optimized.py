"""Training by an optimizer of optax, as every task but word vectors does it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import jax

from seqjax.basics.types import Array, Params, Tree
from seqjax.tasks.settings import Record, RunConfig
from seqjax.tasks.training import Rows, Training, loop_of
from seqjax.training.adaptation import adapt
from seqjax.training.config import Optimization, averaging
from seqjax.training.optimizers import optimizer
from seqjax.training.progress import Progress
from seqjax.training.schedules import schedule
from seqjax.training.step import State, begin, train_step

if TYPE_CHECKING:
    from seqjax.tasks.task import DataSet, Task

ENDLESS = {"constant", "step", "plateau"}
"""Schedules that do not depend on the length of the run: it may be resumed with more epochs."""

FLOAT16_REMEDY = "--precision=bfloat16, which has the range of float32, or a smaller --rate"


def optimized(
    task: Task, model: Any, record: Record, data_set: DataSet, configs: Sequence[Any]
) -> Training:
    """The training of ``model.loss`` by the ``Optimization`` among the configs.

    ``model.loss(params, carry, batch, *, key) -> (loss, (carry, metrics))``; a ``Transfer`` in the
    data set changes how parameters begin and at which rates they learn.

    Raises:
      ValueError: for settings of the optimizer that are wrong or contradict each other.
    """
    run: RunConfig = configs[0]
    optimization = next(config for config in configs if isinstance(config, Optimization))
    source = data_set.parts["train"].source
    epoch = len(source)
    loop = loop_of(run, epoch)
    skip, scaled = loop.nonfinite.rule == "skip", run.precision == "float16"
    chain = optimizer(optimization, epoch, loop.steps, skip=skip or scaled)
    init = model.init
    if data_set.pretrained is not None:
        chain = data_set.pretrained.adjust(optimization, epoch)(chain)
        init = data_set.pretrained.init(init)
    start = task.start(model, record)
    average = bool(averaging(optimization))

    def initial_state(params: Params, noise: Array) -> State:
        return begin(params, chain, start(params), average=average, scaled=scaled, key=noise)

    def try_step(batch: Tree) -> tuple[Array, Any]:
        params = init(jax.random.key(0))
        loss: tuple[Array, Any] = model.loss(params, start(params), batch, key=jax.random.key(0))
        return loss

    def progress(done: int, stream: TextIO | None) -> Progress:
        amount, unit = data_set.amount, data_set.unit
        start = done * amount // epoch
        return Progress(run.epochs * amount, start=start, unit=unit, stream=stream)

    training = Training(
        init=init,
        begin=initial_state,
        step=train_step(model.loss, chain, schedule(optimization, epoch, loop.steps), skip=skip),
        adapt=functools.partial(adapt, optimization),
        loop=loop,
        progress=progress,
        unit=data_set.unit,
        # A group of batches that is longer than an epoch ends with the run.
        endless=optimization.schedule in ENDLESS and optimization.accumulate <= epoch,
        try_step=try_step,
        # A source that does not say which rows it has is had whole by all devices.
        rows=Rows(getattr(source, "batch", 1), "batch", getattr(source, "row_axes", {})),
    )
    return training._replace(remedy=FLOAT16_REMEDY) if scaled else training
