"""From the settings that name music or labelled texts to their parts, vocabularies and batches."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqjax.data import EOS, UNK, Vocabulary, tokenizer
from seqjax.data.formats.music import pitches
from seqjax.data.formats.passages import Passage
from seqjax.models.composer import ComposerConfig
from seqjax.tasks.composition.config import MUSIC, CompositionData, CompositionRun, source
from seqjax.tasks.composition.encode import encoded, steps, unit
from seqjax.tasks.composition.parts import music_parts, read_music, read_texts, text_parts
from seqjax.tasks.loaded import Loaded
from seqjax.tasks.settings import Record, as_json, of_record
from seqjax.tasks.task import DataSet, Part, Vocabularies
from seqjax.training.config import Optimization


def read(
    run: CompositionRun, config: CompositionData, model: ComposerConfig, optimization: Optimization
) -> DataSet:
    """Reads, cuts and encodes; vocabularies are those of the training part.

    Raises:
      ValueError: for what cannot be read or contradicts itself; it names the setting, or the file.
    """
    pieces: Mapping[str, Sequence[Any]]
    if config.task == MUSIC:
        pieces, vocabularies = music_parts(config), {}
        digests = {part: _digest(map(pitches, members)) for part, members in pieces.items()}
    else:
        pieces = text_parts(config)
        vocabularies = _vocabularies(config, pieces["train"])
        digests = {part: _digest(p[:2] for p in members) for part, members in pieces.items()}
    data = {"name": Path(source(config)).name, "sha256": digests}
    record = {"config": as_json(config, model), "data": data}
    parts = {part: encoded(record, vocabularies, members) for part, members in pieces.items()}
    return DataSet(
        parts,
        vocabularies,
        data,
        amount=steps(parts["train"]),
        unit=f"{unit(record)}s",
        about=_about(record, vocabularies, parts),
    )


def open_files(loaded: Loaded, files: Sequence[str]) -> Part:
    """The pieces, or labelled texts, of files and folders, as a part for a trained composer.

    Raises:
      ValueError: for what cannot be read, or has several parts.
    """
    config = of_record(CompositionData, loaded.record)
    pieces: list[Any] = []
    for path in map(Path, files):
        if config.task == MUSIC:
            parts = read_music(path, config.per_quarter)
            if len(parts) > 1:
                raise ValueError(f"{path}: got parts {', '.join(parts)}, want one of them alone")
            pieces += next(iter(parts.values()))
        else:
            pieces += read_texts(path, config.encoding)
    return encoded(loaded.record, loaded.vocabularies, pieces)


def _vocabularies(config: CompositionData, train: Sequence[Passage]) -> dict[str, Vocabulary]:
    split = tokenizer(config.tokenizer).split
    counts = Counter(token for passage in train for token in split(passage.text))
    labels = sorted({label for passage in train for label in passage.labels})
    words = Vocabulary.build(counts, specials=[UNK, EOS])
    return {"words": words, "labels": Vocabulary(tuple(labels))}


def _about(record: Record, vocabularies: Vocabularies, parts: Mapping[str, Part]) -> str:
    """How much there is, and how much of it is padding."""
    sizes = ", ".join(
        f"{name} {len(part.records):,} ({steps(part):,} {unit(record)}s)"
        for name, part in parts.items()
    )
    labels = vocabularies["labels"].tokens if vocabularies else ()
    label_names = f"; labels {', '.join(labels)}" if labels else ""
    padding = parts["train"].source.padding
    return f"{record['data']['name']}: pieces: {sizes}{label_names}; {padding:.0%} padding"


def _digest(pieces: Iterable[Any]) -> str:
    text = repr(list(pieces)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]
