"""What every training launch does, whatever the task: from flags to the report at the end.

def prepare(run: RunConfig, ...) -> Task: ...

def main() -> int:
    return task.main(prepare, CONFIGS)

if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from experiments import flags, launch
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Carry, Params
from seqjax.data import Source, Vocabulary, stream
from seqjax.training.adaptation import adapt
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization, averaging, validate
from seqjax.training.fit import Figures, LoopConfig, Writers, fit
from seqjax.training.logs import Logs
from seqjax.training.metric_accumulator import NonFinite
from seqjax.training.optimizers import optimizer
from seqjax.training.progress import Progress
from seqjax.training.schedules import schedule
from seqjax.training.step import Loss, State, begin, train_step

ENDLESS = {"constant", "step", "plateau"}
"""Schedules that do not depend on the length of the run: it may be resumed with more epochs."""
FREE = {"workdir", "save_every", "log_every", "tensorboard", "data", "vectors", "name"}
"""What may differ when a run is resumed. Of data and vectors the contents are compared."""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Where a run lies, how long it is, and how often it says something."""

    workdir: str = option("runs/task", "folder of the run; the same one again resumes it")
    epochs: int = option(10, "passes over the training part")
    seed: int = option(0, "of initial weights, noise, and the order of the data")
    evaluate_every: int = option(0, "steps from one evaluation to the next; 0: once an epoch")
    save_every: int = option(0, "steps between further checkpoints; 0: only at evaluations")
    log_every: int = option(100, "steps from one line of metrics.jsonl to the next")
    tensorboard: bool = option(False, "write for TensorBoard too")


class Task(NamedTuple):
    """Flags that have been checked, and what was made of them."""

    kind: str
    """the name under which ``seqjax.kinds`` knows the model"""
    run: RunConfig
    optimization: Optimization
    init: Callable[[Array], Params]
    loss: Loss
    sources: Mapping[str, Source]
    """by part: train, valid and perhaps test"""
    figures: Callable[[Params, str], Figures]
    """(parameters, part) -> figures on that part, "loss" among them"""
    vocabularies: Mapping[str, Vocabulary]
    record: Mapping[str, Any]
    """config: all flags, by ``flags.text``; data: what the data was (names, marks, statistics)"""
    amount: int
    """what one pass over the training part adds to the count of "loss" """
    unit: str
    """what that count counts, such as "words" """
    about: str
    """one line on the data, printed at the beginning"""
    finish: Callable[[runs.Loaded, str, Figures], str]
    """(best model, part it was tested on, figures there) -> the text at the end"""
    report: Callable[[Figures], Figures] = lambda found: found
    """figures as people read them (adds perplexity, say)"""
    start: Callable[[Params], Carry] = lambda params: ()
    """the carry of truncated backpropagation before the first batch"""
    shuffled: bool = True
    """whether the training part comes in another order in each epoch"""
    monitor: str = "loss"
    """the figure of the validation part whose lowest value marks the best checkpoint"""
    adjust: Callable[[Any], Any] = lambda chain: chain
    """what else is done with the optimizer, such as rates of parts of the parameters"""

    @property
    def loop(self) -> LoopConfig:
        run, epoch = self.run, len(self.sources["train"])
        every = run.evaluate_every or epoch
        return LoopConfig(run.epochs * epoch, every, run.log_every, run.save_every)


def check(task: Task) -> Task:
    """The task, if a step of it can be taken.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    for name in ("epochs", "log_every"):
        checks.positive(name, getattr(task.run, name))
    for name in ("evaluate_every", "save_every"):
        flags.natural(name, getattr(task.run, name))
    flags.seed(task.run.seed)
    validate(task.optimization)
    optimizer(task.optimization, len(task.sources["train"]), task.loop.steps)

    def once(key: Array, batch: Any) -> Any:
        params = task.init(key)
        return task.loss(params, task.start(params), batch, key=key)

    # Shapes alone walk through a step, so that what a layer refuses is refused by now.
    jax.eval_shape(once, jax.random.key(0), task.sources["train"][0])
    return task


def main(prepare: Callable[..., Task], configs: Sequence[type]) -> int:
    """Trains what ``prepare(*configs, from flags)`` made; returns the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            task = check(prepare(*map(flags.parse, configs)))
            folder = Path(task.run.workdir)
            free = FREE | ({"epochs"} if task.optimization.schedule in ENDLESS else set())
            stack.enter_context(runs.opened(folder, _record(task), task.vocabularies, free))
            checkpoints = stack.enter_context(
                Checkpoints(folder / runs.CHECKPOINTS, monitor=task.monitor)
            )
            logs = stack.enter_context(Logs(folder, tensorboard=task.run.tensorboard))
        done = checkpoints.latest() or 0
        print(beginning(task, done), file=sys.stderr)
        try:
            with launch.stopping() as stop, progress(task, done) as shown:
                step = int(train(task, Writers(checkpoints, logs, shown), stop=stop).step)
        except NonFinite as error:
            print(f"error: {error}; {remedy(checkpoints.latest())}", file=sys.stderr)
            return 1
        if step < task.loop.steps:
            print(f"Stopped at step {step}; the same command resumes.", file=sys.stderr)
            return stop.status
        checkpoints.wait()
        print(finish(task, logs))
    return 0


def _record(task: Task) -> dict[str, Any]:
    return {"kind": task.kind, "monitor": task.monitor, **task.record}


def train(task: Task, writers: Writers, *, stop: Callable[[], bool] = lambda: False) -> State:
    """Trains until the end or until ``stop()``, from the newest checkpoint."""
    config, loop, source = task.optimization, task.loop, task.sources["train"]
    epoch, seed = len(source), task.run.seed
    chain = task.adjust(optimizer(config, epoch, loop.steps))
    first, noise = jax.random.split(jax.random.key(seed))
    params = task.init(first)
    return fit(
        train_step(task.loss, chain, schedule(config, epoch, loop.steps)),
        begin(params, chain, task.start(params), average=bool(averaging(config)), key=noise),
        stream(source, seed=seed if task.shuffled else None),
        loop=loop,
        adapt=functools.partial(adapt, config),
        evaluate=lambda params: task.figures(params, "valid"),
        report=task.report,
        writers=writers,
        unit=task.unit,
        stop=stop,
    )


def beginning(task: Task, done: int) -> str:
    """What is trained on what, and from where."""
    folder, steps = task.run.workdir, task.loop.steps
    shapes = jax.tree.leaves(jax.eval_shape(task.init, jax.random.key(0)))
    size = sum(leaf.size for leaf in shapes)
    return "\n".join(
        [
            task.about,
            f"{size:,} parameters, {task.run.epochs} epochs, {steps:,} steps",
            f"Resuming in {folder} after step {done}" if done else f"Training in {folder}",
        ]
    )


def progress(task: Task, done: int) -> Progress:
    """Counts the units of all epochs, those before step ``done`` among them."""
    start = done * task.amount // len(task.sources["train"])
    return Progress(task.run.epochs * task.amount, start=start, unit=task.unit)


def remedy(newest: int | None, other: str = "clip") -> str:
    """What to do where numbers were no longer finite."""
    kept = "there is no checkpoint yet" if newest is None else f"checkpoint {newest} stands"
    return f"{kept}; want a smaller --rate or --{other} in another --workdir"


def finish(task: Task, logs: Logs) -> str:
    """Tests the best parameters, logs the figures, and says what a person wants to know."""
    best = runs.load(task.run.workdir)
    part = "test" if "test" in task.sources else "valid"
    found = task.report(task.figures(best.params, part))
    logs.write(task.loop.steps, "test", found)
    return task.finish(best, part, found)
