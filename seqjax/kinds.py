"""Kinds of runs: how the model of each is made again from what its directory says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from seqjax.data import Vocabulary
from seqjax.data.formats.music import KEYS
from seqjax.models.classifier import classifier
from seqjax.models.classifier_config import ClassifierConfig
from seqjax.models.composer import ComposerConfig, composer
from seqjax.models.encoder_decoder import encoder_decoder
from seqjax.models.encoder_decoder_config import EncoderDecoderConfig
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig
from seqjax.models.output_spaces import frames, tokens
from seqjax.models.regressor import RegressorConfig, regressor
from seqjax.models.tagger import TaggerConfig, tagger
from seqjax.models.transcriber import TranscriberConfig, transcriber
from seqjax.objectives.tag_schemes import SCHEMES, legal
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.trained import trained

Config = TypeVar("Config")
Record = Mapping[str, Any]
Vocabularies = Mapping[str, Vocabulary]


def config(kind: type[Config], record: Record) -> Config:
    """The configuration of that dataclass, from the flags that a run's record holds.

    Fields that are newer than the run have their defaults.
    """
    values = record["config"]
    names = [field.name for field in dataclasses.fields(kind) if field.name in values]  # type: ignore[arg-type]
    return kind(**{name: _plain(values[name]) for name in names})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value  # JSON has no tuples


def _unseen(record: Record) -> int:
    """How many words only a file of vectors has."""
    return record["data"].get("pretrained", {}).get("unseen", 0)


def _language_model(record: Record, vocabularies: Vocabularies) -> Any:
    tokens, unseen = vocabularies["tokens"], _unseen(record)
    made = config(LanguageModelConfig, record)
    return language_model(made, len(tokens), unseen=unseen, unk=tokens.unk or 0)


def _classifier(record: Record, vocabularies: Vocabularies) -> Any:
    words, labels = len(vocabularies["words"]), len(vocabularies["labels"])
    weights = record["data"]["class_weights"]
    made = config(ClassifierConfig, record)
    return classifier(made, words, labels, weights=weights, unseen=_unseen(record))


def _tagger(record: Record, vocabularies: Vocabularies) -> Any:
    made, tags = config(TaggerConfig, record), vocabularies["tags"]
    scheme = record["data"]["scheme"]
    chained = made.head == "crf" and made.constrained and scheme in SCHEMES
    masks = legal(tags.tokens, scheme) if chained else None
    words, characters = len(vocabularies["words"]), len(vocabularies["characters"])
    return tagger(made, words, characters, len(tags), legal=masks, unseen=_unseen(record))


def _transcriber(record: Record, vocabularies: Vocabularies) -> Any:
    labels, width = len(vocabularies["labels"]), record["data"]["width"]
    return transcriber(config(TranscriberConfig, record), width, labels)


def _composer(record: Record, vocabularies: Vocabularies) -> Any:
    made, labels = config(ComposerConfig, record), vocabularies.get("labels", ())
    words = vocabularies.get("words")
    output_space = tokens(len(words), made.embedding) if words else frames(KEYS)
    return composer(made, output_space, len(labels))


def _regressor(record: Record, vocabularies: Vocabularies) -> Any:
    data = record["data"]
    inputs, outputs = len(data["inputs"]), len(data["targets"])
    deviation = data["statistics"]["targets"]["deviation"]
    return regressor(config(RegressorConfig, record), inputs, outputs, deviation)


def _encoder_decoder(record: Record, vocabularies: Vocabularies) -> Any:
    sources, targets = len(vocabularies["source"]), len(vocabularies["target"])
    made = config(EncoderDecoderConfig, record)
    return encoder_decoder(made, sources, targets, unseen=_unseen(record))


def _vectors(record: Record, vocabularies: Vocabularies) -> Any:
    return trained(config(VectorsConfig, record), vocabularies["words"].tokens)


KINDS: dict[str, Callable[[Record, Vocabularies], Any]] = {
    "classifier": _classifier,
    "composer": _composer,
    "encoder_decoder": _encoder_decoder,
    "language_model": _language_model,
    "regressor": _regressor,
    "tagger": _tagger,
    "transcriber": _transcriber,
    "vectors": _vectors,
}
"""(run.json, vocabularies) -> the model of that kind of run."""
