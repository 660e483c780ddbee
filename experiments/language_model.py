"""Trains a language model on a text: python -m experiments.language_model --data=FILE.

Without flags: characters of the documentation that Python carries, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.generate --run=FOLDER --prompt="The"
    python -m experiments.score --run=FOLDER --text="one sentence" --text="another"
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import jax

from experiments import flags, language_model_report, launch, task
from experiments.corpus import Corpus, CorpusConfig, corpus
from experiments.corpus_batches import predictions, source
from experiments.pretrained import PretrainedConfig
from experiments.task import RunConfig, Task
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.models.language_model import LanguageModel, language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.objectives import bits, perplexity
from seqjax.training.config import Optimization
from seqjax.training.evaluate import Evaluate, evaluate
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class LanguageModelRun(RunConfig):
    """A run, as long as the embedded text wants."""

    workdir: str = option("runs/language_model", "folder of the run; the same one again resumes it")
    epochs: int = option(12, "passes over the training part")


CONFIGS = (LanguageModelRun, CorpusConfig, LanguageModelConfig, PretrainedConfig, Optimization)


def prepare(
    run: RunConfig,
    text: CorpusConfig,
    config: LanguageModelConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> Task:
    """Reads the text and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    flags.seed(run.seed)
    made = corpus(text, vectors, seed=run.seed)
    moved, vocabulary = made.moved, made.vocabulary
    config = moved.widen(config)
    unk = vocabulary.unk or 0
    model = language_model(config, len(vocabulary), unseen=moved.unseen, unk=unk)
    sources = {part: source(text, made, part, seed=run.seed) for part in made.ids}
    function = jax.jit(model.evaluate)
    return Task(
        kind="language_model",
        run=run,
        optimization=optimization,
        init=moved.init(model.init),
        loss=model.loss,
        sources=sources,
        figures=lambda params, part: figures(model, function, params, sources[part]),
        vocabularies={"tokens": vocabulary},
        record={"config": flags.text(run, text, config, vectors, optimization), "data": made.data},
        amount=predictions(text, made, "train"),
        unit=f"{made.tokenizer.unit}s",
        about=about(text, made),
        finish=lambda best, part, found: language_model_report.text(
            Path(run.workdir), best, made, part, found
        ),
        report=functools.partial(report, made.tokenizer.unit),
        start=lambda params: model.start(params, text.batch),
        shuffled=text.sentences,
        adjust=moved.adjust(optimization, len(sources["train"])),
    )


def about(text: CorpusConfig, made: Corpus) -> str:
    """How much there is to predict."""
    parts = ", ".join(f"{part} {predictions(text, made, part):,}" for part in made.ids)
    first = (
        f"{made.data['name']}: {made.tokenizer.unit}s to predict: {parts};"
        f" vocabulary {made.predicted:,}"
    )
    return "\n".join([first, *made.moved.about])


def figures(model: LanguageModel, function: Evaluate, params: Params, batches: Any) -> Figures:
    """Of a part, from the start of its text; ``function`` is the compiled model.evaluate."""
    rows = batches[0]["inputs"].shape[1]
    return evaluate(function, params, model.start(params, rows), batches)


def report(unit: str, found: Figures) -> Figures:
    """Nats per token, beside them perplexity (of words) or bits per character, then the rest."""
    if "loss" not in found:
        return found
    value = {"loss": found["loss"]}
    if unit == "word":
        value["perplexity"] = perplexity(found["loss"])
    else:
        value[f"bits_per_{unit}"] = bits(found["loss"])
    return {**value, **found}


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
