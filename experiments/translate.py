"""Trains an encoder-decoder on pairs of texts: python -m experiments.translate --data=FOLDER.

Without flags: dates as people write them into ISO 8601, character by character, a minute or two on
two cores. The run directory (--workdir) holds everything; the same command again goes on where it
stopped. Then

    python -m experiments.translate_text --run=FOLDER --text="3 May 1979"
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax

from experiments import flags, launch, task, translate_report
from experiments.pretrained import PretrainedConfig
from experiments.task import RunConfig, Task
from experiments.translate_data import Pairs, PairsConfig, translations
from seqjax.basics.options import option
from seqjax.models.encoder_decoder import encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.objectives import perplexity
from seqjax.training.config import Optimization
from seqjax.training.evaluate import evaluate
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class TranslateRun(RunConfig):
    """A run of an encoder-decoder."""

    workdir: str = option("runs/translate", "folder of the run; the same one again resumes it")
    epochs: int = option(2, "passes over the training part")


@dataclasses.dataclass(frozen=True)
class TranslateOptimization(Optimization):
    """Quick for the dates, and a place to begin for others."""

    rate: float = option(5e-3, "learning rate that the schedule starts from")
    schedule: str = option("one_cycle", "of the rate: constant, step, cosine, one_cycle or plateau")
    clip: float = option(1.0, "largest global norm of the gradients; 0 for any")


CONFIGS = (
    TranslateRun,
    PairsConfig,
    EncoderDecoderConfig,
    PretrainedConfig,
    TranslateOptimization,
)


def prepare(
    run: RunConfig,
    text: PairsConfig,
    config: EncoderDecoderConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> Task:
    """Reads the pairs and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    flags.seed(run.seed)
    made = translations(text, vectors, seed=run.seed)
    moved = made.moved
    config = moved.widen(config)
    model = encoder_decoder(config, len(made.source), len(made.target), unseen=moved.unseen)
    look = jax.jit(model.evaluate)

    def figures(params: Any, part: str) -> Figures:
        return evaluate(look, params, (), made.sources[part])

    return Task(
        kind="encoder_decoder",
        run=run,
        optimization=optimization,
        init=moved.init(model.init),
        loss=model.loss,
        sources=made.sources,
        figures=figures,
        vocabularies={"source": made.source, "target": made.target},
        record={"config": flags.text(run, text, config, vectors, optimization), "data": made.data},
        amount=int(made.sources["train"].lengths[:, 1].sum()),
        unit="tokens",
        about="\n".join([about(text, made), *moved.about]),
        finish=lambda best, part, found: translate_report.text(
            run.workdir, best, made, part, found
        ),
        report=report,
        start=model.start,
        adjust=moved.adjust(optimization, len(made.sources["train"])),
    )


def about(text: PairsConfig, made: Pairs) -> str:
    """How much there is."""
    parts = ", ".join(f"{part} {len(found):,}" for part, found in made.pairs.items())
    padding = made.sources["train"].padding
    return (
        f"{made.data['name']}: pairs: {parts}; {text.tokenizer}, {len(made.source):,} of the"
        f" source and {len(made.target):,} of the target; {padding:.0%} padding"
    )


def report(found: Figures) -> Figures:
    """Nats per token, and beside them perplexity."""
    if "loss" not in found:
        return found
    return {"loss": found["loss"], "perplexity": perplexity(found["loss"]), **found}


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
