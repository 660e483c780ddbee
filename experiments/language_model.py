"""Trains a language model on a text: python -m experiments.language_model --data=FILE.

Without flags: characters of the documentation that Python carries, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.generate --run=FOLDER --prompt="The"
    python -m experiments.score --run=FOLDER --text="one sentence" --text="another"
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import jax

from experiments import flags, language_model_report, launch
from experiments.corpus import CorpusConfig
from experiments.corpus_batches import predictions
from experiments.language_model_training import (
    ENDLESS,
    Prepared,
    RunConfig,
    figures,
    prepare,
    report,
    train,
)
from seqjax import runs
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.training.checkpoints import Checkpoints
from seqjax.training.config import Optimization
from seqjax.training.fit import Tools
from seqjax.training.interval import NonFinite
from seqjax.training.logs import Logs
from seqjax.training.progress import Progress

CONFIGS = (RunConfig, CorpusConfig, LanguageModelConfig, Optimization)
FREE = {"workdir", "save_every", "log_every", "tensorboard", "data", "name"}
"""What may differ when a run is resumed. The text itself is compared, not its path."""


def main() -> int:
    """Returns the exit status."""
    with contextlib.ExitStack() as stack:
        with launch.mistakes():
            prepared = prepare(*map(flags.parse, CONFIGS))
            run, folder = prepared.run, Path(prepared.run.workdir)
            free = FREE | ({"epochs"} if prepared.optimization.schedule in ENDLESS else set())
            vocabulary = prepared.corpus.vocabulary
            stack.enter_context(runs.opened(folder, prepared.record, vocabulary, free))
            checkpoints = stack.enter_context(Checkpoints(folder / runs.CHECKPOINTS))
            logs = stack.enter_context(Logs(folder, tensorboard=run.tensorboard))
        done = checkpoints.latest() or 0
        print(beginning(prepared, done), file=sys.stderr)
        try:
            with launch.stopping() as stop, progress(prepared, done) as shown:
                step = int(train(prepared, Tools(checkpoints, logs, shown), stop=stop).step)
        except NonFinite as error:
            print(f"error: {error}; {remedy(checkpoints.latest())}", file=sys.stderr)
            return 1
        if step < prepared.rhythm.steps:
            print(f"Stopped at step {step}; the same command resumes.", file=sys.stderr)
            return stop.status
        print(finish(prepared, logs))
    return 0


def beginning(prepared: Prepared, done: int) -> str:
    """What is trained on what, and from where."""
    folder, made, steps = prepared.run.workdir, prepared.corpus, prepared.rhythm.steps
    shapes = jax.tree.leaves(jax.eval_shape(prepared.model.init, jax.random.key(0)))
    size = sum(leaf.size for leaf in shapes)
    parts = ", ".join(
        f"{part} {predictions(prepared.text, made, part):,}" for part in prepared.sources
    )
    return "\n".join(
        [
            f"{made.data['name']}: {made.tokenizer.unit}s to predict: {parts};"
            f" vocabulary {len(made.vocabulary):,}",
            f"{size:,} parameters, {prepared.run.epochs} epochs, {steps:,} steps",
            f"Resuming in {folder} after step {done}" if done else f"Training in {folder}",
        ]
    )


def progress(prepared: Prepared, done: int) -> Progress:
    """Counts the predictions of all epochs, those before step ``done`` among them."""
    epoch = predictions(prepared.text, prepared.corpus, "train")
    start = done * epoch // len(prepared.sources["train"])
    unit = f"{prepared.corpus.tokenizer.unit}s"
    return Progress(prepared.run.epochs * epoch, start=start, unit=unit)


def remedy(newest: int | None) -> str:
    """What to do where numbers were no longer finite."""
    kept = "there is no checkpoint yet" if newest is None else f"checkpoint {newest} stands"
    return f"{kept}; want a smaller --rate or --clip in another --workdir"


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


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
