"""Composition, one-to-many: music from a first chord or nothing, texts from a label."""

from __future__ import annotations

from seqjax.data.formats.music import KEYS
from seqjax.models.composer import Composer, ComposerConfig, composer
from seqjax.models.output_spaces import frames, tokens
from seqjax.tasks.composition.config import CONFIGS, check
from seqjax.tasks.composition.evaluate import evaluate, readable
from seqjax.tasks.composition.predict import (
    ComposedPiece,
    ComposedText,
    CompositionOptions,
    inputs,
    predict,
    show,
)
from seqjax.tasks.composition.read import open_files, read
from seqjax.tasks.composition.report import report
from seqjax.tasks.composition.write import write
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Task, Vocabularies

__all__ = [
    "TASK",
    "ComposedPiece",
    "ComposedText",
    "CompositionOptions",
    "build",
    "describe",
    "write",
]


def build(record: Record, vocabularies: Vocabularies) -> Composer:
    """The composer of a run, of frames of keys, or of tokens where there are "words".

    Raises:
      ValueError: for what a layer refuses.
    """
    config, labels = of_record(ComposerConfig, record), len(vocabularies.get("labels", ()))
    words = vocabularies.get("words")
    space = tokens(len(words), config.embedding) if words else frames(KEYS)
    return composer(config, space, labels)


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What goes in, how it is walked, what comes out."""
    config = of_record(ComposerConfig, record)
    layers = recurrent_layers(config)
    if not vocabularies:
        return f"frames of {KEYS} keys -> {layers} -> the next frame, each key on or off"
    words, labels = len(vocabularies["words"]), len(vocabularies["labels"])
    label = "the state to begin with"
    if config.condition == "input":
        label = f"{config.label_embedding} numbers at every step"
    return (
        f"tokens ({words:,} as {config.embedding} numbers), one of {labels} labels as {label} ->"
        f" {layers} -> softmax over the next token"
    )


TASK = Task(
    name="composition",
    about="music from a first chord, texts from a label: one thing in, a sequence out",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=CompositionOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    readable=readable,
    methods={"write": write},
)
