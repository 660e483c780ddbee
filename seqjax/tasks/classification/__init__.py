"""Classification: one of some classes, or any number of labels, for each text or sequence."""

from __future__ import annotations

from seqjax.tasks.classification.build import build, describe
from seqjax.tasks.classification.config import CONFIGS, NAME, check
from seqjax.tasks.classification.evaluate import evaluate
from seqjax.tasks.classification.predict import (
    ClassificationOptions,
    Classified,
    inputs,
    predict,
    show,
)
from seqjax.tasks.classification.read import open_files, read
from seqjax.tasks.classification.report import report
from seqjax.tasks.task import Task

__all__ = ["TASK", "ClassificationOptions", "Classified", "build", "describe"]

TASK = Task(
    name=NAME,
    about="a class, or any number of labels, for each text: topics, sentiment, DNA by its motif",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=ClassificationOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    monitor=lambda record: "error",
)
