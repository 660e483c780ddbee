"""Trains word vectors on a text: python -m experiments.vectors --objective=skip_gram --data=FILE.

Without flags: words of the documentation that Python carries, a minute on two cores. The run
directory (--workdir) holds everything, the vectors as vectors.bin too; the same command again goes
on where it stopped, in the middle of an epoch or not. Then

    python -m experiments.nearest --vectors=FOLDER/vectors.bin
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from experiments import flags, launch, vectors_data, vectors_report, vectors_start
from experiments.task import FREE, RunConfig, remedy
from experiments.vectors_data import Text, VocabularyConfig
from experiments.vectors_report import ReportConfig
from experiments.vectors_start import StartConfig
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.data import Vocabulary, stream
from seqjax.training.adaptation import Adaptation
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures, LoopConfig, Writers, fit
from seqjax.training.logs import Logs
from seqjax.training.metric_accumulator import NonFinite
from seqjax.training.progress import Progress
from seqjax.training.step import Metrics, State, Step, begin
from seqjax.vectors.training import divergence
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig, rate_of
from seqjax.vectors.training.objective import Objective

KIND = "vectors"
NORMALISED = {"hierarchical", "softmax"}
"""Outputs whose loss is that of a distribution over all words."""
AFTER = {"threads", "save", "contexts", "show", "similarity", "analogies"}
"""Flags that training does not depend on: a run that is resumed may have others."""


@dataclasses.dataclass(frozen=True)
class VectorsRun(RunConfig):
    """A run, and how its rate falls."""

    workdir: str = option("runs/vectors", "folder of the run; the same one again resumes it")
    epochs: int = option(10, "passes over the training part; word2vec takes 5, GloVe 15 or more")
    threads: int = option(
        0, "threads that compute; they change no bit. 0: one where steps are so short that more are"
        " slower, otherwise one a core"
    )  # fmt: skip
    final: float = option(1e-4, "share of the rate at the end, to which it falls linearly")


CONFIGS = (VectorsRun, VocabularyConfig, VectorsConfig, StartConfig, ReportConfig)


class Training(NamedTuple):
    """Flags that have been checked, and what was made of them."""

    run: VectorsRun
    config: VectorsConfig
    text: Text
    objective: Objective
    init: Callable[[Array], Params]
    look: Callable[[Params, Any], tuple[Array, Array]]
    """objective.evaluate, compiled once"""
    rate: float
    record: dict[str, Any]
    about: str
    """on vectors that were known before"""
    warning: str

    @property
    def loop(self) -> LoopConfig:
        epoch = len(self.text.sources["train"])
        every = self.run.evaluate_every or epoch
        return LoopConfig(self.run.epochs * epoch, every, self.run.log_every, self.run.save_every)

    @property
    def words(self) -> tuple[str, ...]:
        return self.text.corpus.words


def prepare(
    run: VectorsRun,
    text: VocabularyConfig,
    config: VectorsConfig,
    start: StartConfig,
    report: ReportConfig,
) -> Training:
    """Reads the text and makes the objective.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    check(run, config)
    vectors_report.check(report, config)
    vectors_data.check(text)
    known = vectors_start.known(start, config)
    made = vectors_data.prepare(text, config, vectors_data.read(text, known.words), run.seed)
    words = made.corpus.words
    frozen = vectors_start.frozen(start, known, words)
    objective = build(config, made.corpus.counts, frozen=frozen, words=words)
    rate = rate_of(config)
    record = {
        "kind": KIND,
        "monitor": "loss",
        "config": flags.text(run, text, config, start, report),
        "data": {**made.data, "known": vectors_start.mark(known)},
    }
    return Training(
        run, config, made, objective,
        functools.partial(vectors_start.begin, objective, known, words),
        jax.jit(objective.evaluate), rate, record,
        vectors_start.about(start, known, words),
        divergence.warning(rate, objective.load, objective.bound),
    )  # fmt: skip


def check(run: VectorsRun, config: VectorsConfig) -> None:
    """Raises a ValueError for a flag that is wrong, before a text of any size is read."""
    for name in ("epochs", "log_every"):
        checks.positive(name, getattr(run, name))
    for name in ("evaluate_every", "save_every"):
        flags.natural(name, getattr(run, name))
    flags.seed(run.seed)
    if not 0 <= run.final <= 1:
        raise ValueError(f"final: got {run.final}, want a share in [0, 1]")
    # An objective for two words refuses all that one for many does, but for its size.
    build(dataclasses.replace(config, size=min(config.size, 2)), np.ones(2), words=("a", "b"))


def step_of(objective: Objective, rate: float, final: float, steps: int) -> Step:
    """(state, batch, adaptation) -> (state, metrics), compiled: the whole of a batch.

    The rate falls linearly with the steps, from one chunk to the next, and stays at ``final`` of
    itself at least. What is drawn depends on the state's key and step alone.
    """

    def step(state: State, batch: Any, adaptation: Adaptation) -> tuple[State, Metrics]:
        key = jax.random.fold_in(state.key, state.step)
        ends = state.step + jnp.arange(2)
        rates = rate * jnp.maximum(final, 1 - ends / steps)
        params, total, count = objective.update(state.params, batch, rates, key)
        read, kept = (batch[name].astype(jnp.float32) for name in ("read", "count"))
        metrics = {
            "loss": (total, count),
            "rate": (rates[0], jnp.float32(1)),
            "words": (read, count),
            "kept": (kept, count),
        }
        return state._replace(params=params, step=state.step + 1), metrics

    return jax.jit(step, donate_argnums=0)


def figures(training: Training, params: Params) -> Figures:
    """The loss on text that was held out."""

    def found(params: Params, carry: tuple, batch: Any) -> tuple:
        return carry, {"loss": training.look(params, batch)}

    source = training.text.sources["valid"]
    return evaluate(found, params, (), [source[k] for k in range(len(source))])


def report(training: Training, found: Figures) -> Figures:
    """Words a second, raw and kept by subsampling; perplexity, where there is a distribution."""
    shown = {name: value for name, value in found.items() if name not in ("words", "kept")}
    if "loss" not in found:  # a piece of too few words: there is nothing to predict
        return shown
    unit, config = training.objective.unit, training.config
    pairs = config.objective in ("skip_gram", "cbow")
    if config.objective == "neural_lm" or (pairs and config.output in NORMALISED):
        shown["perplexity"] = float(np.exp(min(found["loss"], 700.0)))
    speed = found.get(f"{unit}_per_second")
    if speed and config.objective != "glove":
        shown["raw_words_per_second"] = speed * found["words"]
        shown["kept_words_per_second"] = speed * found["kept"]
    return shown


def train(
    training: Training, writers: Writers, *, stop: Callable[[], bool] = lambda: False
) -> State:
    """Trains until the end or until ``stop()``, from the newest checkpoint."""
    run, objective, loop = training.run, training.objective, training.loop
    first, noise = jax.random.split(jax.random.key(run.seed))
    params = training.init(first)
    if writers.checkpoints.latest() is None:
        writers.logs.rewind(-1)  # of a process that was killed before its first checkpoint
        writers.logs.write(0, "valid", report(training, figures(training, params)))
    return fit(
        step_of(objective, training.rate, run.final, loop.steps),
        begin(params, optax.identity(), (), key=noise),
        stream(training.text.sources["train"], seed=run.seed),
        loop=loop,
        adapt=lambda losses: Adaptation(1.0, False),
        evaluate=functools.partial(figures, training),
        report=functools.partial(report, training),
        writers=writers,
        unit=objective.unit,
        stop=stop,
    )


def kept(folder: Path) -> Checkpoints:
    """The checkpoints of a run: the newest alone, which the files of vectors are written from."""
    return Checkpoints(folder / runs.CHECKPOINTS, keep_best=False)


class ByWords(Progress):
    """Counts words that were read: how many pairs they make is known only when they are made."""

    def __init__(self, words: int, steps: int, *, done: int, unit: str) -> None:
        self._words, self._steps, self._at = words, steps, done
        super().__init__(words, start=words * done // steps, unit=unit)

    def update(self, step: int, amount: int, figures: Mapping[str, float]) -> None:
        """``amount``, in pairs, is not what is shown."""
        before, now = (self._words * k // self._steps for k in (self._at, step))
        self._at = step
        super().update(step, now - before, figures)


def progress(training: Training, done: int) -> Progress:
    """Words of all epochs, those before step ``done`` among them; for GloVe entries."""
    unit = "entries" if training.config.objective == "glove" else "words"
    amount = training.run.epochs * training.text.amount
    return ByWords(amount, training.loop.steps, done=done, unit=unit)


def threads(run: VectorsRun, config: VectorsConfig) -> int:
    """As asked for; a full softmax and the neural language model have use for all cores: 0."""
    large = config.objective == "neural_lm" or config.output == "softmax"
    return run.threads or (0 if large else 1)


def main() -> int:
    """Returns the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            configs: list[Any] = [flags.parse(config) for config in CONFIGS]
            launch.threads(threads(configs[0], configs[2]))
            training = prepare(*configs)
            folder = Path(training.run.workdir)
            words = {"words": Vocabulary(training.words)}
            stack.enter_context(runs.opened(folder, training.record, words, FREE | AFTER))
            checkpoints = stack.enter_context(kept(folder))
            logs = stack.enter_context(Logs(folder, tensorboard=training.run.tensorboard))
        done = checkpoints.latest() or 0
        print(vectors_report.beginning(training, done), file=sys.stderr)
        bar = progress(training, done)
        try:
            with launch.stopping() as stop, bar:
                state = train(training, Writers(checkpoints, logs, bar), stop=stop)
        except NonFinite as error:
            print(f"error: {error}; {remedy(checkpoints.latest(), 'chunk')}", file=sys.stderr)
            return 1
        if int(state.step) < training.loop.steps:
            print(f"Stopped at step {state.step}; the same command resumes.", file=sys.stderr)
            return stop.status
        print(vectors_report.finish(training, configs[-1], state.params, logs))
    return 0


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
