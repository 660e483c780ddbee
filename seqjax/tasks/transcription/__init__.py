"""Transcription: what is said in a recording, a sequence of labels (CTC) or one for the whole."""

from __future__ import annotations

from seqjax.models.transcriber import Transcriber, TranscriberConfig, transcriber
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Task, Vocabularies
from seqjax.tasks.transcription.config import CONFIGS, check
from seqjax.tasks.transcription.decode import Guess
from seqjax.tasks.transcription.evaluate import evaluate
from seqjax.tasks.transcription.predict import (
    Transcribed,
    TranscriptionOptions,
    inputs,
    predict,
    show,
)
from seqjax.tasks.transcription.read import open_files, read
from seqjax.tasks.transcription.report import report

__all__ = ["TASK", "Guess", "Transcribed", "TranscriptionOptions", "build", "describe"]


def build(record: Record, vocabularies: Vocabularies) -> Transcriber:
    """The transcriber of a run, from the width of its frames and its vocabulary "labels".

    Raises:
      ValueError: for what a layer refuses.
    """
    config = of_record(TranscriberConfig, record)
    return transcriber(config, record["data"]["width"], len(vocabularies["labels"]))


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out."""
    config, count = of_record(TranscriberConfig, record), len(vocabularies["labels"])
    stacked = f", {config.stack} side by side" if config.stack > 1 else ""
    output = f"{config.pooling} pooling -> one of {count} labels"
    if config.output == "ctc":
        output = f"ctc over {count} labels and a blank"
    width = record["data"]["width"]
    return f"frames of {width} features{stacked} -> {recurrent_layers(config)} -> {output}"


TASK = Task(
    name="transcription",
    about="what is said in a recording, or in another signal: labels, without alignment",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=TranscriptionOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    monitor=lambda record: "error",
)
