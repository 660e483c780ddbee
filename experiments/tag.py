"""Trains a tagger of words in sentences: python -m experiments.tag --data=FOLDER.

Without flags: tokens of Python's standard library by their role, a few minutes on two cores. The
run directory (--workdir) holds everything; the same command again goes on where it stopped. Then

    python -m experiments.tag_text --run=FOLDER --text="a sentence to tag"
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from experiments import flags, launch, tag_report, task
from experiments.pretrained import PretrainedConfig
from experiments.tag_data import Sentences, TaggedConfig, sentences
from experiments.tag_figures import Outcome, outcome, outcomes
from experiments.tag_labels import NONE, illegal, labels_of
from experiments.task import RunConfig, Task
from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.basics.types import Params
from seqjax.models.tagger import TaggerConfig, tagger
from seqjax.objectives.tag_schemes import legal
from seqjax.training.config import Optimization
from seqjax.training.fit import Figures

MONITORS = {"loss": "loss", "accuracy": "error", "f1": "missed_f1"}
"""By what --keep names: the figure that is lowest at the best checkpoint."""


@dataclasses.dataclass(frozen=True)
class TagRun(RunConfig):
    """A run of a tagger."""

    workdir: str = option("runs/tag", "folder of the run; the same one again resumes it")
    epochs: int = option(6, "passes over the training part")
    keep: str = option("loss", "best checkpoint: of the lowest loss, or highest accuracy or f1")


CONFIGS = (TagRun, TaggedConfig, TaggerConfig, PretrainedConfig, Optimization)


def prepare(
    run: TagRun,
    text: TaggedConfig,
    config: TaggerConfig,
    vectors: PretrainedConfig,
    optimization: Optimization,
) -> Task:
    """Reads the sentences and makes the model.

    Raises:
      ValueError: for any flag that is wrong or contradicts another; it names it.
    """
    several, spelled = config.head == "sigmoid", config.characters != "none"
    monitor = checks.lookup("keep", MONITORS, run.keep)
    flags.seed(run.seed)
    made = sentences(text, vectors, several=several, spelled=spelled, seed=run.seed)
    if run.keep == "f1" and made.scheme == NONE and not several:
        raise ValueError("keep: got 'f1', but the tags mark no names; want loss or accuracy")
    chained = config.head == "crf" and config.constrained and made.scheme != NONE
    if chained and (where := illegal(made.parts["train"], made.scheme)):
        raise ValueError(
            f"constrained: got True, but tags of training are not legal in {made.scheme}: {where};"
            " want another --scheme, or --noconstrained"
        )
    masks = legal(made.tags.tokens, made.scheme) if chained else None
    moved, config = made.moved, made.moved.widen(config)
    sizes = len(moved.vocabulary), len(made.characters), len(made.tags)
    model = tagger(config, *sizes, legal=masks, unseen=moved.unseen)
    look = outcomes(model)
    targets = {part: [s.tags for s in found] for part, found in made.parts.items()}

    def found(params: Params, part: str) -> Outcome:
        source = made.sources[part]
        return outcome(look, params, source, made.tags, targets[part], made.scheme, text.mode)

    def figures(params: Params, part: str) -> Figures:
        values = found(params, part).figures
        return {**values, "missed_f1": 1 - values["f1"]} if run.keep == "f1" else values

    return Task(
        kind="tagger",
        run=run,
        optimization=optimization,
        init=moved.init(model.init),
        loss=model.loss,
        sources=made.sources,
        figures=figures,
        vocabularies={
            "words": moved.vocabulary,
            "characters": made.characters,
            "tags": made.tags,
        },
        record={
            "config": flags.text(run, text, config, vectors, optimization),
            "data": made.data,
        },
        amount=sum(len(s.words) for s in made.parts["train"]),
        unit="words",
        about=about(made, several),
        finish=lambda best, part, _: tag_report.text(
            Path(run.workdir), best, text, made, part, found(best.params, part)
        ),
        monitor=monitor,
        adjust=moved.adjust(optimization, len(made.sources["train"])),
    )


def about(made: Sentences, several: bool) -> str:
    """How much there is, under which tags, and what of it no training can know."""
    parts = ", ".join(
        f"{part} {sum(len(s.words) for s in found):,} in {len(found):,} sentences"
        for part, found in made.parts.items()
    )
    names = "" if made.scheme == NONE else f" ({made.scheme})"
    lines = [
        f"{made.data['name']}: words: {parts}; vocabulary {len(made.moved.vocabulary):,};"
        f" {len(made.tags)} tags{names}; {made.sources['train'].padding:.0%} padding",
        *made.moved.about,
    ]
    for part, found in made.parts.items():
        labels = [label for s in found for tag in s.tags for label in labels_of(tag, several)]
        unseen = [label for label in labels if label not in made.tags]
        if unseen:
            lines.append(
                f"{part}: {len(unseen):,} words have tags that training does not have"
                f" ({', '.join(sorted(set(unseen))[:5])}): they count as wrong, and in no loss"
            )
    return "\n".join(lines)


def main() -> int:
    """Returns the exit status."""
    return task.main(prepare, CONFIGS)


if __name__ == "__main__":
    flags.define(*CONFIGS)
    launch.run(main)
