"""The training loop, for every task: it is given functions and knows none by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints, Json
from seqjax.training.logs import Logs
from seqjax.training.metric_accumulator import MetricAccumulator, NonFinite
from seqjax.training.progress import Progress
from seqjax.training.step import State, Step, chosen

Figures = dict[str, float]


class Stream(Protocol):
    """Batches for ever, and a place in them that can be kept as JSON."""

    def __next__(self) -> Any: ...

    def get_state(self) -> Json:
        """The place behind the last batch."""

    def set_state(self, state: Json) -> None:
        """Goes to a place that ``get_state`` gave."""


@dataclasses.dataclass(frozen=True)
class LoopConfig:
    """Counted in steps."""

    steps: int
    """of the whole run"""
    evaluate: int
    """from one evaluation to the next; a checkpoint is written after each, and at the end"""
    log: int
    """from one line of the log to the next; there is one at each evaluation too"""
    save: int = 0
    """from one checkpoint to the next between evaluations; 0: none there"""

    def due(self, every: int, step: int) -> bool:
        """Whether what happens ``every`` so many steps (0: never) and at the end does so now.

        >>> loop = LoopConfig(steps=10, evaluate=4, log=2)
        >>> [step for step in range(1, 11) if loop.due(loop.evaluate, step)]
        [4, 8, 10]
        """
        return step == self.steps or (every > 0 and step % every == 0)


class Writers(NamedTuple):
    """What a run writes with."""

    checkpoints: Checkpoints
    logs: Logs
    progress: Progress


def fit(
    step: Step,
    state: State,
    stream: Stream,
    *,
    loop: LoopConfig,
    adapt: Callable[[list[float]], Adaptation],
    evaluate: Callable[[Any], Figures],
    report: Callable[[Figures], Figures],
    writers: Writers,
    unit: str,
    stop: Callable[[], bool] = lambda: False,
) -> State:
    """Trains until ``loop.steps`` or until ``stop()``; continues the newest checkpoint if any.

    Args:
      step: one update, as ``train_step`` makes it.
      state: the state before the first step; its buffers are used up.
      stream: the batches. Its place is kept in each checkpoint.
      adapt: losses of all evaluations so far -> what changes for the next steps.
      evaluate: parameters -> figures on data not trained on, "loss" among them.
      report: means of the metrics -> figures as people read them (adds perplexity, say).
      unit: what the count of "loss" counts, such as "tokens".
      stop: asked after every step; the state is written before ``fit`` returns.

    Raises:
      NonFinite: names the step at which the loss or the gradient was no number; the checkpoint
        before it stands.
      ValueError: for a checkpoint of another model or optimizer than ``state``.
      OSError: if a checkpoint could not be written.
    """
    checkpoints, logs, progress = writers
    accumulator = MetricAccumulator(unit)
    state, losses = resume(checkpoints, state, stream, accumulator)
    done = int(state.step)
    logs.rewind(done)
    adaptation = adapt(losses)

    def show(step: int, amount: float) -> None:
        if amount:
            progress.update(step, int(amount), report(accumulator.means()))

    if done < loop.steps:
        progress.compiling()
    while done < loop.steps:
        state, metrics = step(state, accumulator.fetch(stream), adaptation)
        show(done, accumulator.add(done + 1, metrics))
        done += 1
        stopped = stop()
        evaluating = loop.due(loop.evaluate, done)
        logging = evaluating or loop.due(loop.log, done)
        saving = evaluating or stopped or loop.due(loop.save, done)
        if logging or saving:  # nothing that is not finite may be written
            show(done, accumulator.settle())
        if logging:
            logs.write(done, "train", report(accumulator.close()))
        figures: Figures = {}
        if evaluating:
            figures = evaluate(chosen(state))
            losses = [*losses, finite(figures["loss"], done)]
            adaptation = adapt(losses)
            logs.write(done, "valid", report(figures))
            progress.line(_sentence(done, loop.steps, report(figures)))
            accumulator.close()  # the time of evaluating is not the time of training
        if saving:
            position = {"stream": stream.get_state(), "losses": losses, "sums": accumulator.sums}
            save(checkpoints, state, position, figures)
        if stopped:
            break
    checkpoints.wait()
    return state


def finite(loss: float, step: int) -> float:
    """The validation loss of a step, which must be a number.

    Raises:
      NonFinite: for NaN or infinity.
    """
    if not abs(loss) < float("inf"):
        raise NonFinite(f"validation loss: became {loss} at step {step}")
    return loss


def save(checkpoints: Checkpoints, state: State, position: Json, figures: Figures) -> None:
    """Writes everything the next step, and the next line of the log, depend on.

    Args:
      checkpoints: where.
      state: of the training.
      position: of the stream, the losses of all evaluations and the sums of the accumulator.
      figures: those of an evaluation at this step; {} if there was none.

    Raises:
      ValueError: for a step before the newest checkpoint's.
      OSError: if it could not be written.
    """
    use = "average" if chosen(state) is state.average else "params"
    checkpoints.save(int(state.step), _items(state), {**position, "use": use}, figures)


def resume(
    checkpoints: Checkpoints, state: State, stream: Stream, accumulator: MetricAccumulator
) -> tuple[State, list[float]]:
    """State and losses of the newest checkpoint; puts ``stream`` and ``accumulator`` to its place.

    Without a checkpoint, all stays as it is.

    Raises:
      ValueError: for a checkpoint of another model or optimizer than ``state``.
    """
    newest = checkpoints.latest()
    if newest is None:
        return state, []
    items, position = checkpoints.restore(newest, _items(state)), checkpoints.position(newest)
    stream.set_state(position["stream"])
    accumulator.sums = {name: (total, count) for name, (total, count) in position["sums"].items()}
    average = items.get("average")
    return items["rest"]._replace(params=items["params"], average=average), position["losses"]


def _items(state: State) -> dict[str, Any]:
    """What a checkpoint holds: parameters, their mean and the rest can be read apart."""
    rest: Any = state
    items = {"params": state.params, "rest": rest._replace(params=None, average=None)}
    return items if state.average is None else {**items, "average": state.average}


def _sentence(step: int, steps: int, figures: Figures) -> str:
    shown = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    return f"step {step} of {steps}, validation: {shown}"
