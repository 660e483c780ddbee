"""Kinds of runs: how the model of each is made again from what its directory says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from seqjax.data import Vocabulary
from seqjax.models.language_model import language_model
from seqjax.models.language_model_config import LanguageModelConfig

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


def _language_model(record: Record, vocabularies: Vocabularies) -> Any:
    return language_model(config(LanguageModelConfig, record), len(vocabularies["tokens"]))


KINDS: dict[str, Callable[[Record, Vocabularies], Any]] = {"language_model": _language_model}
"""(run.json, vocabularies) -> the model of that kind of run."""
