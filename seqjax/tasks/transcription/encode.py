"""Utterances as arrays: normalised frames of features, and the ids of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.data import Vocabulary
from seqjax.data.buckets import buckets
from seqjax.data.formats.features import Statistics
from seqjax.models.transcriber import TranscriberConfig
from seqjax.objectives.ctc import feasible
from seqjax.tasks.settings import Record, of_record
from seqjax.tasks.task import Part, Vocabularies
from seqjax.tasks.transcription.config import TranscriptionData
from seqjax.tasks.transcription.recordings import Utterance


class Transcript(NamedTuple):
    """What is said in a recording."""

    name: str
    labels: list[str]


def encoded(record: Record, vocabularies: Vocabularies, utterances: Sequence[Utterance]) -> Part:
    """Utterances, frames [t, d] and labels, as batches, with the statistics of a run.

    Raises:
      ValueError: names the recording that has a label which training does not have, frames of
        another width, or too few steps for CTC.
    """
    config, model = of_record(TranscriptionData, record), of_record(TranscriberConfig, record)
    names = [utterance.name for utterance in utterances]
    ids = [label_ids(vocabularies["labels"], each) for each in utterances]
    if model.output == "ctc":
        feasible([-(-len(each.signal) // model.stack) for each in utterances], ids, names)
    frames = [normalised(record, each.signal, each.name) for each in utterances]
    sides = {"": ["features"]}
    pairs = zip(frames, ids, strict=True)
    if model.output == "label":
        examples = [{"features": rows, "label": row[0]} for rows, row in pairs]
    else:
        examples = [{"features": rows, "labels": row} for rows, row in pairs]
        sides["labels"] = ["labels"]
    source = buckets(examples, config.batch, sides=sides, shapes=config.shapes)
    return Part(source, [Transcript(each.name, each.labels) for each in utterances])


def normalised(record: Record, frames: np.ndarray, name: str) -> np.ndarray:
    """Frames float32 [t, d] with the mean and deviation of the training part of a run.

    Raises:
      ValueError: for frames of another width; it says of which.
    """
    statistics = Statistics(record["data"]["mean"], record["data"]["deviation"])
    try:
        return statistics.normal(frames)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def label_ids(labels: Vocabulary, utterance: Utterance) -> np.ndarray:
    """The ids int32 [L] of what is said.

    Raises:
      ValueError: for a label that is not in the training part.
    """
    unknown = [label for label in utterance.labels if label not in labels]
    if unknown:
        raise ValueError(
            f"{utterance.name}: got label {unknown[0]!r}, which is not in the training part; want"
            f" one of {', '.join(labels.tokens[:20])}{', ...' if len(labels) > 20 else ''}"
        )
    return labels.encode(utterance.labels)
