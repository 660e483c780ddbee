"""Trains a language model on a text: python -m experiments.language_model --data=FILE.

Without flags: characters of the documentation that Python carries, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.generate --run=FOLDER --prompt="The"
    python -m experiments.score --run=FOLDER --text="one sentence" --text="another"
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax

from experiments import flags, language_model_report, launch
from experiments.corpus import Corpus, CorpusConfig, corpus, predictions, source
from seqjax import runs
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.data import Source, stream
from seqjax.models.language_model import LanguageModel, language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.objectives import bits, perplexity
from seqjax.training.adaptation import adapt
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization, averaging, validate
from seqjax.training.evaluate import Evaluate, evaluate
from seqjax.training.fit import Figures, Rhythm, Tools, fit
from seqjax.training.interval import NonFinite
from seqjax.training.logs import Logs
from seqjax.training.optimizers import optimizer
from seqjax.training.progress import Progress
from seqjax.training.schedules import schedule
from seqjax.training.step import begin, train_step


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Where a run lies, how long it is, and how often it says something."""

    workdir: str = option("runs/language_model", "folder of the run; the same one again resumes it")
    epochs: int = option(12, "passes over the training part")
    seed: int = option(0, "of initial weights, noise, and the order of sentences")
    evaluate_every: int = option(0, "steps from one evaluation to the next; 0: once an epoch")
    save_every: int = option(0, "steps between further checkpoints; 0: only at evaluations")
    log_every: int = option(100, "steps from one line of metrics.jsonl to the next")
    tensorboard: bool = option(False, "write for TensorBoard too")


CONFIGS = (RunConfig, CorpusConfig, LanguageModelConfig, Optimization)
FREE = {"workdir", "save_every", "log_every", "tensorboard", "data", "name"}
"""What may differ when a run is resumed. The text itself is compared, not its path."""
ENDLESS = {"constant", "step", "plateau"}
"""Schedules that do not depend on the length of the run: it may be resumed with more epochs."""


class Prepared(NamedTuple):
    """Flags that have been checked, and what was made of them."""

    run: RunConfig
    text: CorpusConfig
    optimization: Optimization
    corpus: Corpus
    model: LanguageModel
    sources: dict[str, Source]
    rhythm: Rhythm
    record: dict[str, Any]


def prepare(
    run: RunConfig, text: CorpusConfig, config: LanguageModelConfig, optimization: Optimization
) -> Prepared:
    """Reads the text and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    for name in ("epochs", "log_every"):
        checks.positive(name, getattr(run, name))
    validate(optimization)
    made = corpus(text)
    model = language_model(config, len(made.vocabulary))
    sources = {part: source(text, made, part, seed=run.seed) for part in made.ids}
    epoch = len(sources["train"])
    rhythm = Rhythm(run.epochs * epoch, run.evaluate_every or epoch, run.log_every, run.save_every)
    optimizer(optimization, epoch, rhythm.steps)
    record = {
        "kind": "language_model",
        "config": flags.text(run, text, config, optimization),
        "data": made.data,
    }
    return Prepared(run, text, optimization, made, model, sources, rhythm, record)


def train(prepared: Prepared, tools: Tools, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Trains until the end or until ``stop()``, from the newest checkpoint; returns the step."""
    run, text, config, made, model, sources, rhythm, _ = prepared
    epoch = len(sources["train"])
    chain = optimizer(config, epoch, rhythm.steps)
    first, noise = jax.random.split(jax.random.key(run.seed))
    params = model.init(first)
    carry = model.start(params, text.batch)
    function = jax.jit(model.evaluate)
    state = fit(
        train_step(model.loss, chain, schedule(config, epoch, rhythm.steps)),
        begin(params, chain, carry, average=bool(averaging(config)), key=noise),
        stream(sources["train"], seed=run.seed if text.sentences else None),
        rhythm=rhythm,
        adapt=functools.partial(adapt, config),
        evaluate=lambda params: figures(model, function, params, sources["valid"]),
        report=functools.partial(report, made.tokenizer.unit),
        tools=tools,
        unit=f"{made.tokenizer.unit}s",
        stop=stop,
    )
    return int(state.step)


def figures(model: LanguageModel, function: Evaluate, params: Params, batches: Any) -> Figures:
    """Of a part, from the start of its text; ``function`` is the compiled model.evaluate."""
    rows = batches[0]["inputs"].shape[1]
    return evaluate(function, params, model.start(params, rows), batches)


def report(unit: str, found: Figures) -> Figures:
    """Nats per token, and with them perplexity (of words) or bits per character."""
    if "loss" not in found:
        return found
    if unit == "word":
        return {**found, "perplexity": perplexity(found["loss"])}
    return {**found, f"bits_per_{unit}": bits(found["loss"])}


def finish(prepared: Prepared, logs: Logs) -> str:
    """Tests the best parameters, logs the figures, and says what a person wants to know."""
    folder, made = Path(prepared.run.workdir), prepared.corpus
    best = runs.load(folder)
    part = "test" if "test" in made.ids else "valid"
    batches = prepared.sources[part]
    found = figures(best.model, jax.jit(best.model.evaluate), best.params, batches)
    found = report(made.tokenizer.unit, found)
    logs.write(prepared.rhythm.steps, "test", found)
    return language_model_report.text(folder, best, made, part, found)


def main() -> int:
    """Returns the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            prepared = prepare(*(flags.parse(config) for config in CONFIGS))
            run, folder = prepared.run, Path(prepared.run.workdir)
            free = FREE | ({"epochs"} if prepared.optimization.schedule in ENDLESS else set())
            vocabulary = prepared.corpus.vocabulary
            there = stack.enter_context(runs.opened(folder, prepared.record, vocabulary, free))
            checkpoints = stack.enter_context(Checkpoints(folder / runs.CHECKPOINTS))
            logs = stack.enter_context(Logs(folder, tensorboard=run.tensorboard))
        unit = f"{prepared.corpus.tokenizer.unit}s"
        epoch = predictions(prepared.text, prepared.corpus, "train")
        done = checkpoints.latest() or 0
        before = done * epoch // len(prepared.sources["train"])
        progress = Progress(run.epochs * epoch, start=before, unit=unit)
        stop = stack.enter_context(launch.stopping())
        print(("Resuming" if there and done else "Training") + f" in {folder}", file=sys.stderr)
        try:
            with progress:
                step = train(prepared, Tools(checkpoints, logs, progress), stop=stop)
        except NonFinite as error:
            print(f"error: {error}; the checkpoint before it stands in {folder}", file=sys.stderr)
            return 1
        if step < prepared.rhythm.steps:
            print(f"Stopped at step {step}; the same command resumes.", file=sys.stderr)
            return stop.status
        print(finish(prepared, logs))
    return 0


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
