"""A run of any task: settings are checked, data is read, the model is built, trained and tested."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax

from seqjax.data import stream
from seqjax.runs.directory import Directory
from seqjax.runs.load import load
from seqjax.runs.lock import hold
from seqjax.runs.prepare import check_training, prepare
from seqjax.runs.recovery import check_log, sound_checkpoints
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.run_record import CHECKPOINTS
from seqjax.tasks.settings import RunConfig, as_json, check_run
from seqjax.tasks.summary import summary
from seqjax.tasks.task import DataSet, Task
from seqjax.tasks.training import Training
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.fit import Figures, Writers, fit
from seqjax.training.learning_curve import draw
from seqjax.training.logs import NAME, Logs, read
from seqjax.training.metric_accumulator import NonFinite

FREE = {
    "workdir", "save_every", "log_every", "tensorboard", "data", "vectors", "name",
    "nonfinite", "nonfinite_limit", "nonfinite_decay",
}  # fmt: skip
"""What may differ when a run is resumed. Of data and vectors the contents are compared."""


class Run(NamedTuple):
    """A run that has begun: checked, its data read, its directory held."""

    task: Task
    configs: Sequence[Any]
    record: dict[str, Any]
    data_set: DataSet
    model: Any
    training: Training
    directory: Directory
    checkpoints: Checkpoints
    logs: Logs

    @property
    def done(self) -> int:
        """Steps that are saved."""
        return self.checkpoints.latest() or 0

    @property
    def beginning(self) -> str:
        """What is trained on what, and from where."""
        run: RunConfig = self.configs[0]
        shapes = jax.eval_shape(self.training.init, jax.random.key(0))
        network = self.task.describe(self.record, self.data_set.vocabularies)
        done, steps = self.done, self.training.loop.steps
        resumed = f"Resuming in {run.workdir} after step {done}" if done else ""
        lines = [
            *self.directory.notes,
            self.data_set.about,
            summary(network, shapes),
            self.training.about,
            f"{run.epochs} epochs, {steps:,} steps",
            resumed or f"Training in {run.workdir}",
        ]
        return "\n".join(filter(None, lines))

    def figures(self, params: Any, part: str) -> Figures:
        """Figures of parameters on a part of the data set: "train", "valid" or "test"."""
        loaded = Loaded(
            self.task, self.model, params, self.data_set.vocabularies, self.record, 0
        )  # fmt: skip
        return self.task.evaluate(loaded, self.data_set.parts[part])

    def train(self, stop: Callable[[], bool] = lambda: False, *, quiet: bool = False) -> bool:
        """Trains from the newest checkpoint until the end, or until ``stop()``: then False.

        Args:
          stop: asked after each step.
          quiet: shows no progress on standard error.

        Raises:
          NonFinite: a loss or gradient became NaN or infinite; the checkpoint before it stands.
        """
        training, run = self.training, self.configs[0]
        init_key, noise_key = jax.random.split(jax.random.key(run.seed))
        params = training.init(init_key)
        if training.measure_first and self.checkpoints.latest() is None:
            self.logs.rewind(-1)  # of a process that was killed before its first checkpoint
            self.logs.write(0, "valid", self.readable(self.figures(params, "valid")))
        shuffled = self.task.shuffled(self.record)
        with training.progress(self.done, io.StringIO() if quiet else None) as progress:
            state = fit(
                training.step,
                jax.jit(training.begin)(params, noise_key),
                stream(self.data_set.parts["train"].source, seed=run.seed if shuffled else None),
                loop=training.loop,
                adapt=training.adapt,
                evaluate=lambda params: self.figures(params, "valid"),
                report=self.readable,
                writers=Writers(self.checkpoints, self.logs, progress),
                unit=training.unit,
                stop=stop,
            )
        self.checkpoints.wait()
        return int(state.step) >= training.loop.steps

    def readable(self, figures: Figures) -> Figures:
        """Figures as people read them."""
        return self.task.readable(self.record, figures)

    def finish(self) -> tuple[Loaded, str]:
        """The best model, and what is said of it: it is tested, logged and drawn."""
        # With the model that evaluated: what it compiled serves the report too.
        best = load(self.directory.folder)._replace(model=self.model)
        part = "test" if "test" in self.data_set.parts else "valid"
        figures = self.readable(self.figures(best.params, part))
        steps = self.training.loop.steps
        path = self.directory.folder / NAME
        tested = [row for row in read(path) if row["kind"] == "test" and row["step"] == steps]
        if not any(set(figures) <= set(row) for row in tested):  # asked again, it adds nothing
            self.logs.write(steps, "test", figures)
        # Commands in the report name the folder as the setting did.
        reported = best._replace(folder=self.directory.folder)
        report = self.task.report(reported, self.data_set, part, figures)
        curve = draw(self.directory.folder)
        return best, "\n".join(filter(None, [report, curve]))


@contextlib.contextmanager
def begun(task: Task, configs: Sequence[Any]) -> Iterator[Run]:
    """A run whose directory is held until the block ends. Nothing is trained yet.

    Settings and directory are looked at before any data is read.

        with begun(task, from_settings(task.configs, settings)) as run:
            run.train()
            loaded, report = run.finish()

    Args:
      configs: instances of ``task.configs``, in their order.

    Raises:
      ValueError: for whatever is wrong; it names the setting, or the file and line.
    """
    run: RunConfig = configs[0]
    check_run(run)
    task.check(*configs)
    check_training(configs)
    free = FREE | task.free
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(hold(run.workdir))
        directory.same_settings(task.name, as_json(*configs), free | {"epochs"})
        prepared = prepare(task, configs)
        record, data_set, _, training = prepared
        free = free | ({"epochs"} if training.endless else set())
        monitor, keep_best = record["monitor"], task.keep_best
        folder = directory.folder
        checkpoints = stack.enter_context(
            Checkpoints(folder / CHECKPOINTS, monitor=monitor, keep_best=keep_best)
        )
        directory.notes += sound_checkpoints(folder / CHECKPOINTS, checkpoints)
        check_log(folder)
        done, steps = checkpoints.latest() or 0, training.loop.steps
        if done > steps:
            raise ValueError(
                f"epochs: got {run.epochs}, which are {steps} steps, but the run in {folder} has"
                f" made {done}; want more epochs, or another --workdir"
            )
        directory.describe(record, data_set.vocabularies, free)
        logs = stack.enter_context(Logs(folder, tensorboard=run.tensorboard))
        yield Run(task, configs, *prepared, directory, checkpoints, logs)


def remedy(error: NonFinite, run: Run) -> str:
    """What happened, and what to do where numbers were no longer finite."""
    done = run.done
    saved = run.checkpoints.latest()
    checkpoint = "there is no checkpoint yet" if saved is None else f"checkpoint {done} stands"
    return f"{error}; {checkpoint}; want {run.training.remedy} in another --workdir"
