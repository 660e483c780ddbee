"""Trains a transcriber of speech or other signals: python -m experiments.transcribe --data=FOLDER.

Without flags: generated beeps to their pitches, a minute or two on two cores. --output=ctc writes
down a sequence of labels, --output=label one for the whole recording. The run directory (--workdir)
holds everything; the same command again goes on where it stopped. Then

    python -m experiments.transcribe_file --run=FOLDER --file=one.wav --file=another.wav
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax

from experiments import flags, launch, task, transcribe_report
from experiments.signal_files import SpectralConfig
from experiments.signals import Signals, SignalsConfig, signals
from experiments.task import RunConfig, Task
from experiments.transcribe_figures import error_rate, heard, hearer
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.models import transcriber as transcriber_model
from seqjax.models.transcriber import TranscriberConfig, transcriber
from seqjax.training.config import Optimization
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class TranscribeRun(RunConfig):
    """A run of this launch."""

    workdir: str = option("runs/transcribe", "folder of the run; the same one again resumes it")


CONFIGS = (TranscribeRun, SignalsConfig, SpectralConfig, TranscriberConfig, Optimization)


def prepare(
    run: RunConfig,
    data: SignalsConfig,
    features: SpectralConfig,
    config: TranscriberConfig,
    optimization: Optimization,
) -> Task:
    """Reads the recordings and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    transcriber_model.validate(config)
    made = signals(data, features, config.output, config.stack)
    model = transcriber(config, made.width, len(made.labels))
    whole = config.output == "label"
    function, hear = jax.jit(model.evaluate), hearer(model, whole=whole)

    def figures(params: Params, part: str) -> Figures:
        source = made.sources[part]
        found = evaluate(function, params, (), source)
        if whole:
            return found
        guesses = heard(hear, params, source, made.labels)
        return {**found, "error": error_rate(made.said[part], guesses)}

    return Task(
        kind="transcriber",
        run=run,
        optimization=optimization,
        init=model.init,
        loss=model.loss,
        sources=made.sources,
        figures=figures,
        vocabularies={"labels": made.labels},
        record={
            "config": flags.text(run, data, features, config, optimization),
            "data": made.data,
        },
        amount=len(made.said["train"]),
        unit="recordings",
        about=about(made),
        finish=lambda best, part, found: transcribe_report.text(
            Path(run.workdir), best, made, part, found
        ),
        monitor="error",
    )


def about(made: Signals) -> str:
    """How much there is, of what width, and under which labels."""
    parts = ", ".join(f"{part} {len(said):,}" for part, said in made.said.items())
    train = made.sources["train"]
    tokens = made.labels.tokens
    shown = " ".join(tokens[:20]) + (" ..." if len(tokens) > 20 else "")
    return (
        f"{made.data['name']}: recordings: {parts}; {train.lengths[:, 0].mean():.0f} frames of"
        f" {made.width} features on average, {train.padding:.0%} padding; {len(tokens)} labels:"
        f" {shown}"
    )


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
