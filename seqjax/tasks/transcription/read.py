"""From the settings that name recordings to their parts, labels and batches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.data import Vocabulary
from seqjax.data.builtin.catalogue import dataset
from seqjax.data.formats.features import one_width, statistics
from seqjax.data.formats.recordings import parts
from seqjax.models.transcriber import TranscriberConfig
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import as_json, of_record, unused
from seqjax.tasks.task import DataSet, Part
from seqjax.tasks.transcription.config import (
    BEEPS,
    SpectralConfig,
    TranscriptionData,
    TranscriptionRun,
    builtin,
)
from seqjax.tasks.transcription.encode import encoded
from seqjax.tasks.transcription.recordings import (
    Utterance,
    joined,
    listed,
    reader,
    utterances_of,
    with_frames,
)
from seqjax.training.config import Optimization

SHOWN = 20
"""labels at the beginning"""


def read(
    run: TranscriptionRun,
    config: TranscriptionData,
    features: SpectralConfig,
    model: TranscriberConfig,
    optimization: Optimization,
) -> DataSet:
    """Reads the recordings; labels and statistics are those of the training part.

    Raises:
      ValueError: for a file that cannot be read, a label that is not in the training part, or too
        few steps for CTC; it names the setting or the file.
    """
    utterances, kind = _utterances(config, features, model)
    examples = [each for members in utterances.values() for each in members]
    one_width([each.signal for each in examples], [each.name for each in examples])
    train = utterances["train"]
    vocabularies = {"labels": Vocabulary.build(label for each in train for label in each.labels)}
    scale = statistics(each.signal for each in train)
    data = {
        "name": Path(config.data).name or BEEPS,
        "kind": kind,
        "sha256": {part: _digest(members) for part, members in utterances.items()},
        "width": len(scale.mean),
        **scale._asdict(),
    }
    record = {"config": as_json(config, model), "data": data}
    encoded_parts = {
        part: encoded(record, vocabularies, members) for part, members in utterances.items()
    }
    return DataSet(
        encoded_parts,
        vocabularies,
        data,
        amount=len(train),
        unit="recordings",
        about=_about(data, encoded_parts, vocabularies["labels"]),
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """Recordings of folders, archives, manifests and single files, as a part for a trained model.

    What is said in them is known as in training: by their names, or from a manifest, whose column
    of parts does not matter. Nothing is joined.

    Raises:
      ValueError: for files that cannot be read, of another kind than in training, or with labels
        that training does not have.
    """
    record = loaded.record
    config, model = of_record(TranscriptionData, record), of_record(TranscriberConfig, record)
    features, trained = of_record(SpectralConfig, record), record["data"]["kind"]
    utterances: list[Utterance] = []
    for file in files:
        recordings, kind = listed(file, config.pattern, config.encoding)
        if kind != trained:
            raise ValueError(f"{file}: got {kind}, but the run was trained on {trained}")
        read_signal, frames = reader(file, kind, features)
        utterances += with_frames(utterances_of(recordings, read_signal, config, model), frames)
    return encoded(record, loaded.vocabularies, utterances)


def _about(data: Mapping[str, Any], encoded_parts: Mapping[str, Part], labels: Vocabulary) -> str:
    """How much there is, of what width, and under which labels."""
    counts = ", ".join(f"{part} {len(said):,}" for part, (_, said) in encoded_parts.items())
    train, tokens = encoded_parts["train"].source, labels.tokens
    listed_labels = " ".join(tokens[:SHOWN]) + (" ..." if len(tokens) > SHOWN else "")
    return (
        f"{data['name']}: recordings: {counts}; {train.lengths[:, 0].mean():.0f} frames of"
        f" {data['width']} features on average, {train.padding:.0%} padding; {len(tokens)} labels:"
        f" {listed_labels}"
    )


def _utterances(
    config: TranscriptionData, features: SpectralConfig, model: TranscriberConfig
) -> tuple[dict[str, list[Utterance]], str]:
    """The examples of each part as frames, and what they were made of: "audio" or "arrays"."""
    if builtin(config):
        return _generated(config.data or BEEPS, model), "arrays"
    recordings, kind = listed(config.data, config.pattern, config.encoding)
    if any(recording.part for recording in recordings):
        unused(config, "test", "valid", why="for a manifest that names the parts")
    cut = parts(recordings, test=config.test, valid=config.valid, seed=config.data_seed)
    read_signal, frames = reader(config.data, kind, features)
    utterances = {}
    for number, (part, members) in enumerate(cut.items()):
        signals = utterances_of(members, read_signal, config, model)
        if config.join:
            times = config.join_times if part == "train" else 1
            signals = joined(signals, config.join, times, (config.data_seed, number))
        utterances[part] = with_frames(signals, frames)
    return utterances, kind


def _generated(name: str, model: TranscriberConfig) -> dict[str, list[Utterance]]:
    """The examples of a data set by name."""
    records = dataset("transcription", name).load()
    if model.output == "label" and any(len(labels) != 1 for _, labels in records["train"]):
        raise ValueError(f"output: got 'label', but {name} has several labels each; want ctc")
    return {
        part: [Utterance(f"{part} {n}", *example) for n, example in enumerate(examples)]
        for part, examples in records.items()
    }


def _digest(utterances: Sequence[Utterance]) -> str:
    digest = hashlib.sha256()
    for _, frames, labels in utterances:
        digest.update(frames.tobytes() + repr(labels).encode())
    return digest.hexdigest()[:16]
