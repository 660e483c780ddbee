"""Trains a classifier of texts or other sequences: python -m experiments.classify --data=FILE.

Without flags: passages of the documentation that Python carries by their subject, a minute or two
on two cores. The run directory (--workdir) holds everything; the same command again goes on where
it stopped. A baseline, the mean of the embeddings, is trained beside it. Then

    python -m experiments.classify_text --run=FOLDER --text="what is this about"
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from experiments import (
    classify_compare,
    classify_data,
    classify_report,
    flags,
    launch,
    task,
)
from experiments.classify_baseline import kept
from experiments.classify_compare import CompareConfig
from experiments.classify_data import Texts, TextsConfig, texts
from experiments.classify_figures import outcome, outcomes
from experiments.pretrained import PretrainedConfig
from experiments.task import RunConfig, Task
from seqjax.basics.options import option
from seqjax.models import classifier_config
from seqjax.models.classifier import averaged, classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.objectives.classification import balanced
from seqjax.runs import Loaded
from seqjax.training.config import Optimization
from seqjax.training.fit import Figures


@dataclasses.dataclass(frozen=True)
class ClassifyRun(RunConfig):
    """A run of a classifier."""

    workdir: str = option("runs/classify", "folder of the run; the same one again resumes it")


CONFIGS = (
    ClassifyRun, TextsConfig, ClassifierConfig, PretrainedConfig, Optimization, CompareConfig,
)  # fmt: skip


def prepare(
    run: RunConfig,
    text: TextsConfig,
    config: ClassifierConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
    compare: CompareConfig,
) -> Task:
    """Reads the texts and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    several = config.output == "multilabel"
    classify_compare.check(compare, vectors)
    flags.seed(run.seed)
    made = texts(text, vectors, several=several, seed=run.seed)
    config, sizes = made.moved.widen(config), (len(made.words), len(made.labels))
    weights = _weights(config, made)
    for source in made.sources.values():
        classify_data.fits(config.positions, int(source.lengths.max()))
    model = classifier(config, *sizes, weights=weights, unseen=made.moved.unseen)
    plain = averaged(config, *sizes, weights=weights, unseen=made.moved.unseen)
    look = outcomes(model)
    adjust = made.moved.adjust(optimization, len(made.sources["train"]))

    def finish(best: Loaded, part: str, found: Figures) -> str:
        beside = kept(
            Path(run.workdir),
            plain._replace(init=made.moved.init(plain.init)),
            adjust,
            made.sources,
            part=part,
            several=several,
            seed=run.seed,
        )
        tested = outcome(look, best.params, made.sources[part], several)
        return classify_report.text(Path(run.workdir), best, made, part, tested, beside)

    return Task(
        kind="classifier",
        run=run,
        optimization=optimization,
        init=made.moved.init(model.init),
        loss=model.loss,
        sources=made.sources,
        figures=lambda params, part: outcome(look, params, made.sources[part], several).figures,
        vocabularies={"words": made.words, "labels": made.labels},
        record={
            "config": flags.text(run, text, config, vectors, optimization),
            "data": {**made.data, "class_weights": weights},
        },
        amount=len(made.passages["train"]),
        unit="examples",
        about=about(text, made),
        finish=finish,
        monitor="error",
        adjust=adjust,
    )


def about(text: TextsConfig, made: Texts) -> str:
    """How much there is, and under which labels."""
    parts = ", ".join(f"{part} {len(found):,}" for part, found in made.passages.items())
    train = made.sources["train"]
    line = (
        f"{made.data['name']}: examples: {parts}; {text.tokenizer}, vocabulary {len(made.words):,};"
        f" labels {', '.join(made.labels.tokens)}; {train.padding:.0%} padding"
    )
    return "\n".join([line, *made.moved.about])


def _weights(config: ClassifierConfig, made: Texts) -> list[float] | None:
    """What the loss of each class counts; None is 1 each."""
    if not config.class_weights:
        return None
    classes = len(made.labels)
    if config.class_weights != "balanced":
        return classifier_config.numbers(config.class_weights, classes)
    found = [made.labels.encode(p.labels) for p in made.passages["train"]]
    return balanced(np.bincount(np.concatenate(found), minlength=classes).tolist())


def main() -> int:
    """Returns the exit status."""
    status = task.main(prepare, CONFIGS)
    if status or not flags.parse(CompareConfig).compare_vectors:
        return status

    def fresh(
        run: RunConfig, text: TextsConfig, config: ClassifierConfig, vectors: PretrainedConfig,
        optimization: Optimization, compare: CompareConfig,
    ) -> Task:  # fmt: skip
        run, config, none = classify_compare.fresh(run, config, vectors)
        return prepare(run, text, config, none, optimization, CompareConfig())

    print("\nThe same with fresh vectors:")
    status = task.main(fresh, CONFIGS)
    if not status:
        print(f"\n{classify_compare.table(Path(flags.parse(ClassifyRun).workdir))}")
    return status


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
