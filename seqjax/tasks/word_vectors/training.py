"""How word vectors are trained: updates in place, a rate that falls linearly, no optimizer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import jax
import jax.numpy as jnp
import optax

from seqjax.basics.types import Array, Params
from seqjax.tasks.settings import Record
from seqjax.tasks.task import DataSet, Task
from seqjax.tasks.training import Rows, Training, loop_of
from seqjax.training.adaptation import Adaptation
from seqjax.training.progress import Progress
from seqjax.training.step import Metrics, State, Step, begin
from seqjax.vectors.training import divergence
from seqjax.vectors.training.config import VectorsConfig, rate_of
from seqjax.vectors.training.objective import Objective
from seqjax.vectors.training.trained import Trained


def training(
    task: Task, model: Trained, record: Record, data_set: DataSet, configs: Sequence[Any]
) -> Training:
    """The training of the model's tables; those of known words begin as they were."""
    run, objective = configs[0], model.objective
    rate = rate_of(next(config for config in configs if isinstance(config, VectorsConfig)))
    loop = loop_of(run, len(data_set.parts["train"].source))

    def initial_state(params: Params, noise: Array) -> State:
        return begin(params, optax.identity(), (), key=noise)

    def progress(done: int, stream: TextIO | None) -> Progress:
        amount, unit = run.epochs * data_set.amount, data_set.unit
        return ProgressByWords(amount, loop.steps, done=done, unit=unit, stream=stream)

    def try_step(batch: Any) -> Any:
        key = jax.random.key(0)
        return objective.update(objective.init(key), batch, jnp.zeros(2), key)

    return Training(
        init=data_set.pretrained.init(objective.init, data_set.vocabularies["words"].tokens),
        begin=initial_state,
        step=step_of(objective, rate, run.final, loop.steps),
        adapt=lambda losses: Adaptation(1.0, False),
        loop=loop,
        progress=progress,
        unit=objective.unit,
        endless=False,
        try_step=try_step,
        rows=Rows(objective.rows, objective.rows_of),
        measure_first=True,
        remedy="a smaller --rate or --chunk",
        about=divergence.warning(rate, objective.updates_per_row, objective.bound),
    )


def step_of(objective: Objective, rate: float, final: float, steps: int) -> Step:
    """(state, batch, adaptation) -> (state, metrics), compiled: the whole of a batch.

        rate_n = scale · rate · max(final, 1 - n / steps)

    falls within a step too, from one chunk of words to the next; ``scale`` is the adaptation's.
    What is drawn depends on the state's key and step alone.
    """

    def step(state: State, batch: Any, adaptation: Adaptation) -> tuple[State, Metrics]:
        key = jax.random.fold_in(state.key, state.step)
        ends = state.step + jnp.arange(2)
        rates = adaptation.scale * rate * jnp.maximum(final, 1 - ends / steps)
        params, total, count = objective.update(state.params, batch, rates, key)
        words, kept = (batch[name].astype(jnp.float32) for name in ("read", "count"))
        metrics = {
            "loss": (total, count),
            "rate": (rates[0], jnp.float32(1)),
            "words": (words, count),
            "kept": (kept, count),
        }
        return state._replace(params=params, step=state.step + 1), metrics

    return jax.jit(step, donate_argnums=0)


class ProgressByWords(Progress):
    """Counts words of the text: how many pairs they make is known only when they are made.

    Args:
      words: of all epochs; entries, for GloVe.
      steps: of the whole run.
      done: steps before, by the run that this one resumes.
    """

    def __init__(
        self, words: int, steps: int, *, done: int, unit: str, stream: TextIO | None = None
    ) -> None:
        self._words, self._steps, self._last = words, steps, done
        super().__init__(words, start=words * done // steps, unit=unit, stream=stream)

    def rewind(self, step: int) -> None:
        """Words are counted by steps."""
        super().rewind(step)
        self._last = step

    def update(self, step: int, amount: int, figures: Mapping[str, float]) -> None:
        """``amount``, in pairs, is not what is shown."""
        before, now = (self._words * k // self._steps for k in (self._last, step))
        self._last = step
        super().update(step, now - before, figures)
