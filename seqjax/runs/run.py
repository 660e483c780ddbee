"""A run of any task: settings are checked, data is read, the model is built, trained and tested."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax

from seqjax.data import stream
from seqjax.diagnostics.watch import watched
from seqjax.runs.directory import Directory
from seqjax.runs.load import load
from seqjax.runs.start import placed, start
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import RunConfig
from seqjax.tasks.summary import summary
from seqjax.tasks.task import DataSet, Task
from seqjax.tasks.training import Training
from seqjax.training import processes
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.fit import Figures, Writers, fit
from seqjax.training.layout import Layout
from seqjax.training.learning_curve import draw
from seqjax.training.logs import NAME, Logs, read
from seqjax.training.metric_accumulator import NonFinite
from seqjax.training.step import Loss, Step


class Run(NamedTuple):
    """A run that has begun: checked, its data read, its directory held."""

    task: Task
    configs: Sequence[Any]
    record: dict[str, Any]
    data_set: DataSet
    model: Any
    training: Training
    layout: Layout | None
    directory: Directory
    checkpoints: Checkpoints
    logs: Logs

    @property
    def done(self) -> int:
        """Steps that are saved."""
        return self.checkpoints.latest() or 0

    @property
    def failed(self) -> bool:
        """Never of one run that has ended: where it is no longer finite, that is raised."""
        return False

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
            self.layout.about(shapes, self.training.rows.number) if self.layout else "",
            f"{run.epochs} epochs, {steps:,} steps",
            resumed or f"Training in {run.workdir}",
        ]
        return "\n".join(filter(None, lines))

    def figures(self, params: Any, part: str) -> Figures:
        """Figures of parameters on a part of the data set: "train", "valid" or "test"."""
        loaded = Loaded(
            self.task, self.model, params, self.data_set.vocabularies, self.record, 0
        )  # fmt: skip
        with self.layout.scope() if self.layout else contextlib.nullcontext():
            return self.task.evaluate(loaded, self.data_set.parts[part])

    def train(
        self,
        stop: Callable[[], bool] = lambda: False,
        *,
        quiet: bool = False,
        shared: Step | None = None,
    ) -> bool:
        """Trains from the newest checkpoint until the end, or until ``stop()``: then False.

        Args:
          stop: asked after each step.
          quiet: shows no progress on standard error.
          shared: the step, where runs make it together.

        Raises:
          NonFinite: a loss or gradient became NaN or infinite; the checkpoint before it stands.
        """
        training, run = self.training, self.configs[0]
        started = start(training, self.layout, run.seed, stop)
        if training.measure_first and self.checkpoints.latest() is None:
            self.logs.rewind(-1)  # of a process that was killed before its first checkpoint
            figures = self.figures(started.state.params, "valid")
            self.logs.write(0, "valid", self.readable(figures))
        shuffled = self.task.shuffled(self.record)
        source = self.data_set.parts["train"].source
        if self.layout and processes.several() and training.rows.axes:
            source = source.only(self.layout.rows_here(training.rows.number))
        quiet = quiet or not processes.first()
        step = shared or started.step
        if run.diagnostics:
            step = watched(step, self.loss, run.diagnostics)
        with training.progress(self.done, io.StringIO() if quiet else None) as progress:
            state = fit(
                step,
                started.state,
                stream(source, seed=run.seed if shuffled else None),
                loop=training.loop,
                adapt=training.adapt,
                evaluate=lambda params: self.figures(params, "valid"),
                report=self.readable,
                writers=Writers(self.checkpoints, self.logs, progress),
                unit=training.unit,
                stop=started.stop,
            )
        self.checkpoints.wait()
        processes.barrier("trained")
        return int(state.step) >= training.loop.steps

    @property
    def loss(self) -> Loss:
        """What training makes small.

        Raises:
          ValueError: for a task whose model has none of its own, such as word vectors.
        """
        if not hasattr(self.model, "loss"):
            raise ValueError(f"diagnostics: a run of {self.task.name} has no layers; want 0")
        loss: Loss = self.model.loss
        return loss

    def readable(self, figures: Figures) -> Figures:
        """Figures as people read them."""
        return self.task.readable(self.record, figures)

    def finish(self) -> tuple[Loaded, str]:
        """The best model, and what is said of it: it is tested, logged and drawn."""
        # With the model that evaluated: what it compiled serves the report too.
        best = load(self.directory.folder)._replace(model=self.model)
        part = "test" if "test" in self.data_set.parts else "valid"
        figures = self.readable(self.figures(placed(best.params, self.layout), part))
        if not processes.first():
            return best, ""
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


def remedy(error: NonFinite, run: Run) -> str:
    """What happened, and what to do where numbers were no longer finite."""
    done = run.done
    saved = run.checkpoints.latest()
    checkpoint = "there is no checkpoint yet" if saved is None else f"checkpoint {done} stands"
    return f"{error}; {checkpoint}; want {run.training.remedy} in another --workdir"
