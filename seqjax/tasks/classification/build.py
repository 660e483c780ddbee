"""The classifier of a run, and the baseline beside it."""

from __future__ import annotations

from typing import Any

from seqjax.models.classifier import Classifier, averaged, classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.tasks.pretrained.encode import unseen, widened
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.summary import recurrent_layers
from seqjax.tasks.task import Vocabularies


def build(record: Record, vocabularies: Vocabularies) -> Classifier:
    """The classifier of a run, from its record and its vocabularies "words" and "labels".

    Raises:
      ValueError: for what a layer refuses.
    """
    return classifier(*_sizes(record, vocabularies), **_options(record))


def build_baseline(record: Record, vocabularies: Vocabularies) -> Classifier:
    """The mean of the embeddings: the baseline of that run."""
    return averaged(*_sizes(record, vocabularies), **_options(record))


def describe(record: Record, vocabularies: Vocabularies) -> str:
    """What is read, how it is walked, what comes out, in words."""
    config, words, labels = _sizes(record, vocabularies)
    positions = f" and their places (up to {config.positions})" if config.positions else ""
    layers = recurrent_layers(config)
    return (
        f"tokens ({words:,} as {config.embedding} numbers){positions} -> {layers} ->"
        f" {config.pooling} over time -> {config.output} over {labels} labels"
    )


def _sizes(record: Record, vocabularies: Vocabularies) -> tuple[ClassifierConfig, int, int]:
    config = widened(of_record(ClassifierConfig, record), record["data"])
    return config, len(vocabularies["words"]), len(vocabularies["labels"])


def _options(record: Record) -> dict[str, Any]:
    return {"weights": record["data"]["class_weights"], "unseen": unseen(record["data"])}
