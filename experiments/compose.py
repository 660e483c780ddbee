"""Trains a composer of music or of labelled texts: python -m experiments.compose --task=music.

Without --data: chords of four voices, or names as Python's library has them for functions, classes
and so on; a minute or two on two cores. The run directory (--workdir) holds everything; the same
command again goes on where it stopped. Then

    python -m experiments.compose_piece --run=FOLDER --first=60,64,67 --out=piece.mid
    python -m experiments.compose_piece --run=FOLDER --label=exception
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import jax

from experiments import compose_report, flags, launch, task
from experiments.compose_data import Pieces, PiecesConfig, pieces
from experiments.task import RunConfig, Task
from seqjax.basics.options import option
from seqjax.data import tokenizer
from seqjax.models.composer import ComposerConfig, composer
from seqjax.objectives import bits
from seqjax.training.config import Optimization
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class ComposeRun(RunConfig):
    """The defaults of this launch."""

    workdir: str = option("runs/compose", "folder of the run; the same one again resumes it")
    epochs: int = option(20, "passes over the training part")


CONFIGS = (ComposeRun, PiecesConfig, ComposerConfig, Optimization)


def prepare(
    run: RunConfig, data: PiecesConfig, config: ComposerConfig, optimization: Optimization
) -> Task:
    """Reads the pieces and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    made = pieces(data, config)
    model = composer(config, made.output_space, made.labels)
    look = jax.jit(model.evaluate)
    unit = "frame" if data.task == "music" else tokenizer(data.tokenizer).unit
    return Task(
        kind="composer",
        run=run,
        optimization=optimization,
        init=model.init,
        loss=model.loss,
        sources=made.sources,
        figures=lambda params, part: evaluate(look, params, (), made.sources[part]),
        vocabularies=made.vocabularies,
        record={"config": flags.text(run, data, config, optimization), "data": made.data},
        amount=made.steps("train"),
        unit=f"{unit}s",
        about=about(made, unit),
        finish=lambda best, part, found: compose_report.text(
            Path(run.workdir), best, made, part, found
        ),
        report=functools.partial(report, unit),
    )


def about(made: Pieces, unit: str) -> str:
    """How much there is, and how much of it is padding."""
    parts = ", ".join(
        f"{part} {len(source.examples):,} ({made.steps(part):,} {unit}s)"
        for part, source in made.sources.items()
    )
    labels = made.vocabularies["labels"].tokens if made.labels else ()
    named = f"; labels {', '.join(labels)}" if labels else ""
    padding = made.sources["train"].padding
    return f"{made.data['name']}: pieces: {parts}{named}; {padding:.0%} padding"


def report(unit: str, found: Figures) -> Figures:
    """Nats a step; of texts also bits."""
    if unit == "frame" or "loss" not in found:
        return found
    return {"loss": found["loss"], f"bits_per_{unit}": bits(found["loss"]), **found}


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
