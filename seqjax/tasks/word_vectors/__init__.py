"""Word vectors: skip-gram, CBOW, GloVe, or the neural language model, of the words of a text."""

from __future__ import annotations

import numpy as np

from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Task, Vocabularies
from seqjax.tasks.word_vectors.check import check
from seqjax.tasks.word_vectors.config import CONFIGS, FREE
from seqjax.tasks.word_vectors.encode import counts_of
from seqjax.tasks.word_vectors.evaluate import evaluate, readable
from seqjax.tasks.word_vectors.predict import inputs, predict, show
from seqjax.tasks.word_vectors.read import open_files, read
from seqjax.tasks.word_vectors.report import report
from seqjax.tasks.word_vectors.training import training
from seqjax.tasks.word_vectors.vectors import contexts, vectors, vectors_of
from seqjax.vectors.questions import NeighbourOptions, Neighbours
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import Trained, trained

__all__ = [
    "TASK",
    "NeighbourOptions",
    "Neighbours",
    "build",
    "contexts",
    "describe",
    "vectors",
    "vectors_of",
]


def build(record: Record, vocabularies: Vocabularies) -> Trained:
    """The model of a run: its tables, how they are updated, what they are asked.

    Raises:
      ValueError: for settings that the objective refuses.
    """
    words, frozen = vocabularies["words"].tokens, None
    if "frozen" in vocabularies:
        frozen = np.array([word in vocabularies["frozen"] for word in words])
    return trained(of_record(VectorsConfig, record), words, counts_of(record), frozen=frozen)


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """The objective, and the words that it gives vectors."""
    config = of_record(VectorsConfig, record)
    kind = f" ({config.output})" if config.objective in ("skip_gram", "cbow") else ""
    ngrams = f", n-grams in {config.buckets:,} rows" if config.buckets else ""
    words = len(vocabularies["words"])
    return f"{config.objective}{kind}: {words:,} words as {config.size} numbers{ngrams}"


TASK = Task(
    name="word_vectors",
    about="vectors of the words of a text, alike where words are: skip-gram, CBOW, GloVe",
    configs=CONFIGS,
    check=check,
    read=read,
    build=build,
    describe=describe,
    evaluate=evaluate,
    report=report,
    open=open_files,
    options=NeighbourOptions,
    predict=predict,
    inputs=inputs,
    show=show,
    training=training,
    keep_best=False,
    readable=readable,
    free=FREE,
    methods={"vectors": vectors, "contexts": contexts, "vectors_of": vectors_of},
)
