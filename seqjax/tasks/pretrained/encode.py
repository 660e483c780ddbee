"""Words and widths of a run that may have begun with the vectors of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from seqjax.data import Vocabulary
from seqjax.data.transfer import encode as encode_words

Config = TypeVar("Config")
KEY = "pretrained"
"""of what a run remembers of vectors, in record["data"]"""


def encode(data: Mapping[str, Any], vocabulary: Vocabulary, words: Iterable[str]) -> np.ndarray:
    """The ids int32 [N] of words, as the run has them whose record holds ``data``."""
    return encode_words(vocabulary, words, lower=data.get(KEY, {}).get("lower", False))


def predicted(data: Mapping[str, Any], vocabulary: Vocabulary) -> int:
    """How many ids, the first ones, are words of the training text: what a model can write."""
    return len(vocabulary) - unseen(data)


def unseen(data: Mapping[str, Any]) -> int:
    """How many words, the last of the vocabulary, only the file has."""
    count: int = data.get(KEY, {}).get("unseen", 0)
    return count


def widened(config: Config, data: Mapping[str, Any], name: str = "embedding") -> Config:
    """The settings of a model, its field ``name`` as wide as the vectors of the file, if any."""
    width = data.get(KEY, {}).get("width")
    return config if width is None else dataclasses.replace(config, **{name: width})  # type: ignore[type-var]
