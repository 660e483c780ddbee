"""The training loop, for every task: it is given functions and knows none by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.interval import Interval, NonFinite
from seqjax.training.logs import Logs
from seqjax.training.progress import Progress
from seqjax.training.step import State, Step, chosen

Figures = dict[str, float]


class Stream(Protocol):
    """Batches for ever, and a place in them that can be kept as JSON."""

    def __next__(self) -> Any: ...

    def get_state(self) -> dict: ...

    def set_state(self, state: dict) -> None: ...


@dataclasses.dataclass(frozen=True)
class Rhythm:
    """Counted in steps."""

    steps: int
    """of the whole run"""
    evaluate: int
    """from one evaluation to the next; a checkpoint is written after each, and at the end"""
    log: int
    """from one line of the log to the next"""
    save: int = 0
    """from one checkpoint to the next between evaluations; 0: none there"""

    def due(self, every: int, step: int) -> bool:
        return step == self.steps or (every > 0 and step % every == 0)


class Tools(NamedTuple):
    """What a run writes with."""

    checkpoints: Checkpoints
    logs: Logs
    progress: Progress


def fit(
    step: Step,
    state: State,
    stream: Stream,
    *,
    rhythm: Rhythm,
    adapt: Callable[[list[float]], Adaptation],
    evaluate: Callable[[Any], Figures],
    report: Callable[[Figures], Figures],
    tools: Tools,
    unit: str,
    stop: Callable[[], bool] = lambda: False,
) -> State:
    """Trains until ``rhythm.steps`` or until ``stop()``; continues the newest checkpoint if any.

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
    """
    checkpoints, logs, progress = tools
    state, losses = resume(checkpoints, state, stream)
    done = int(state.step)
    logs.rewind(done)
    adaptation, interval = adapt(losses), Interval(unit)

    def show(step: int, amount: float) -> None:
        if amount:
            progress.update(step, int(amount), report(interval.means()))

    while done < rhythm.steps:
        state, metrics = step(state, interval.fetch(stream), adaptation)
        show(done, interval.add(done + 1, metrics))
        done += 1
        stopped = stop()
        evaluating, saving = rhythm.due(rhythm.evaluate, done), rhythm.due(rhythm.save, done)
        if evaluating or saving or stopped or rhythm.due(rhythm.log, done):
            show(done, interval.settle())
            logs.write(done, "train", report(interval.close()))
        figures: Figures = {}
        if evaluating:
            figures = evaluate(chosen(state))
            losses = [*losses, finite(figures["loss"], done)]
            adaptation = adapt(losses)
            logs.write(done, "valid", report(figures))
            progress.line(_sentence(done, rhythm.steps, report(figures)))
            interval.close()  # the time of evaluating is not the time of training
        if evaluating or saving or stopped:
            save(checkpoints, state, stream, losses, figures)
        if stopped:
            break
    checkpoints.wait()
    return state


def finite(loss: float, step: int) -> float:
    """The loss; raises NonFinite if it is none."""
    if not abs(loss) < float("inf"):
        raise NonFinite(f"validation loss: became {loss} at step {step}")
    return loss


def save(
    checkpoints: Checkpoints, state: State, stream: Stream, losses: list[float], figures: Figures
) -> None:
    """Writes everything the next step depends on."""
    items = {"params": state.params, "rest": state._replace(params=None, average=None)}
    if state.average is not None:
        items["average"] = state.average
    use = "average" if chosen(state) is state.average else "params"
    position = {"stream": stream.get_state(), "losses": losses, "use": use}
    checkpoints.save(int(state.step), items, position, figures)


def resume(checkpoints: Checkpoints, state: State, stream: Stream) -> tuple[State, list[float]]:
    """State and losses of the newest checkpoint, the stream put to its place; or as they are."""
    newest = checkpoints.latest()
    if newest is None:
        return state, []
    like = {"params": state.params, "rest": state._replace(params=None, average=None)}
    if state.average is not None:
        like["average"] = state.average
    items, position = checkpoints.restore(newest, like), checkpoints.position(newest)
    stream.set_state(position["stream"])
    average = items.get("average")
    return items["rest"]._replace(params=items["params"], average=average), position["losses"]


def _sentence(step: int, steps: int, figures: Figures) -> str:
    shown = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    return f"step {step} of {steps}, validation: {shown}"
