"""The training loop, for every task: it is given functions and knows none by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from seqjax.training import processes
from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.logs import Logs
from seqjax.training.loop_config import LoopConfig
from seqjax.training.metric_accumulator import MetricAccumulator
from seqjax.training.nonfinite import NonFinite, Recovery, finite, write_batch
from seqjax.training.progress import Progress
from seqjax.training.resume import Stream, resume, save
from seqjax.training.step import State, Step, chosen

__all__ = ["Figures", "LoopConfig", "Writers", "fit"]
Figures = dict[str, float]


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

    A run that ended and is made longer goes on as if it had never ended: an evaluation that took
    place only because it did changes no rate, and begins no average.

    A batch whose loss or gradient is not finite is written beside the log. What then happens says
    ``loop.nonfinite``; to have something to go back to, the rule "back" saves before the first
    step.

    Args:
      step: one update, as ``train_step`` makes it; one that skips where the rule is "skip".
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
    recovery = Recovery(loop.nonfinite)

    def train_from_newest() -> State:
        return _train(
            step, state, stream, recovery, loop=loop, adapt=adapt, evaluate=evaluate,
            report=report, writers=writers, unit=unit, stop=stop,
        )  # fmt: skip

    if recovery.possible and writers.checkpoints.latest() is None:
        position = {"stream": stream.get_state(), "losses": [], "sums": {}}
        save(writers.checkpoints, state, position, {})
    while True:
        try:
            return train_from_newest()
        except NonFinite as error:
            recovery.go_back(error)
            newest = writers.checkpoints.back_to_scheduled() or 0
            writers.progress.rewind(newest)
            writers.progress.line(
                f"{error}: back to step {newest}, at {recovery.scale:g} times the rate"
                f" ({recovery.count} of {loop.nonfinite.limit} times)"
            )


def _train(
    step: Step,
    state: State,
    stream: Stream,
    recovery: Recovery,
    *,
    loop: LoopConfig,
    adapt: Callable[[list[float]], Adaptation],
    evaluate: Callable[[Any], Figures],
    report: Callable[[Figures], Figures],
    writers: Writers,
    unit: str,
    stop: Callable[[], bool],
) -> State:
    """``fit``, up to the first number that is not finite."""
    checkpoints, logs, progress = writers
    keep = functools.partial(_keep_batch, writers)
    accumulator = MetricAccumulator(unit, keep=keep, most_skipped=loop.nonfinite.limit)
    state, position = resume(checkpoints, state, stream, accumulator)
    losses = position.get("losses", [])
    recovery.resume(position)
    done = int(state.step)
    logs.rewind(done, without=position.get("ended", ()) if done < loop.steps else ())
    adaptation = recovery.slower(adapt(losses))

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
        evaluating, ended = loop.due(loop.evaluate, done), loop.ended(done)
        logging = evaluating or loop.due(loop.log, done)
        saving = evaluating or stopped or loop.due(loop.save, done)
        if logging or saving:  # nothing that is not finite may be written
            show(done, accumulator.settle())
        counts = accumulator.get_state()
        if logging:
            logs.write(done, "train", report(accumulator.close()))
        if "train" not in ended:  # otherwise the next line begins where it would without this one
            counts = accumulator.get_state()
        figures: Figures = {}
        if evaluating:
            figures = evaluate(chosen(state))
            loss = finite(figures["loss"], done)
            losses = losses if "valid" in ended else [*losses, loss]
            adaptation = recovery.slower(adapt(losses))
            logs.write(done, "valid", report(figures))
            progress.line(_sentence(done, loop.steps, report(figures)))
            accumulator.close()  # the time of evaluating is not the time of training
        if saving:
            position = {"stream": stream.get_state(), "losses": losses, **counts}
            position |= {"ended": ended} if ended else {}
            position |= recovery.get_state()
            save(checkpoints, state, position, figures, scheduled=loop.saves(done))
            progress.mark()
        if stopped:
            break
    checkpoints.wait()
    return state


def _keep_batch(writers: Writers, step: int, batch: Any) -> None:
    """Writes an offending batch; a disk that is full does not hide what went wrong."""
    if not processes.first():
        return
    try:
        path = write_batch(writers.logs.folder, step, batch)
    except OSError as error:
        writers.progress.line(f"the batch of step {step} could not be written: {error}")
        return
    if path:
        writers.progress.line(f"the loss or the gradient of the batch in {path} is not finite")


def _sentence(step: int, steps: int, figures: Figures) -> str:
    shown = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    return f"step {step} of {steps}, validation: {shown}"
