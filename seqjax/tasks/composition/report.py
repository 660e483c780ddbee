"""What is printed at the end of a run: figures beside baselines, samples, hints."""

from __future__ import annotations

import shlex

import numpy as np

from seqjax.objectives import bits
from seqjax.tasks.composition.encode import unit
from seqjax.tasks.composition.evaluate import figures as figures_of
from seqjax.tasks.composition.predict import CompositionOptions, predict, show
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.task import DataSet, Part
from seqjax.training.fit import Figures

LINES = 3
"""Texts of each label that are shown."""


def report(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Figures beside those of baselines, samples of texts, how to go on."""
    if not best.vocabularies:
        return "\n\n".join([of_music(best, data_set, part, figures), hints(best)])
    options = CompositionOptions()
    labels = [label for label in best.vocabularies["labels"].tokens for _ in range(LINES)]
    texts = "\n".join(show(text, options) for text in predict(best, labels, options))
    return "\n\n".join([of_texts(best, data_set, part, figures), texts, hints(best)])


def of_music(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Nats a frame, beside those of keys that sound as often as in the training part."""
    train, held_out = (_targets(data_set.parts[name]) for name in ("train", part))
    frequencies = (train.sum(0) + 0.5) / (len(train) + 1)
    likelihoods = np.where(held_out, frequencies, 1 - frequencies)
    independent = -np.log(likelihoods).sum(1).mean()
    return "\n".join(
        [
            f"nats per frame of 88 keys on the {part} part ({len(held_out):,} frames)",
            f"  {f'this model (step {best.step})':34} {figures['loss']:8.3f}"
            f"   frame accuracy {figures['accuracy']:.2%}",
            f"  {'each key as often as in training':34} {independent:8.3f}",
        ]
    )


def of_texts(best: Loaded, data_set: DataSet, part: str, figures: Figures) -> str:
    """Bits a token with the right labels and with wrong ones, and those of single tokens."""
    train, held_out = (_targets(data_set.parts[name]) for name in ("train", part))
    labels, size = len(best.vocabularies["labels"]), len(best.vocabularies["words"])
    source = data_set.parts[part].source
    mislabelled = ({**item, "labels": (item["labels"] + 1) % labels} for item in source)
    frequencies = (np.bincount(train, minlength=size) + 0.5) / (len(train) + 0.5 * size)
    rows = [
        (f"this model (step {best.step})", figures["loss"]),
        ("the same, told wrong labels", figures_of(best, mislabelled)["loss"]),
        ("unigram", -np.log(frequencies[held_out]).mean()),
    ]
    step = unit(best.record)
    head = f"bits per {step} on the {part} part ({len(held_out):,} {step}s)"
    return "\n".join([head, *(f"  {label:34} {bits(nats):8.3f}" for label, nats in rows)])


def _targets(part: Part) -> np.ndarray:
    """bool [N, 88] or int [N]: the steps of all pieces."""
    return np.concatenate([example["targets"] for example in part.source.examples])


def hints(best: Loaded) -> str:
    """The folder of the run, and commands that use it."""
    run, example = shlex.quote(str(best.folder)), "60,64,67"
    options = f"--first={example} --out=piece.wav"
    if best.vocabularies:
        example = best.vocabularies["labels"].tokens[0]
        options = f"--label={shlex.quote(example)}"
    return f"""The run is in {best.folder}.
  python -m experiments.compose_piece --run={run} {options}
  in Python: seqjax.load({str(best.folder)!r}).predict([{example!r}])"""
