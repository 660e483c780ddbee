"""Settings of word vectors that an embedding begins with."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TypeVar

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.data.formats.vector_readers import read_vectors

Model = TypeVar("Model")


@dataclasses.dataclass(frozen=True)
class PretrainedConfig:
    """Word vectors of a file: which ones words begin with, and how they are trained."""

    vectors: str = option(
        "", "a file of word vectors that the embedding begins with: GloVe, word2vec (text or"
        " binary) or fastText .vec, plain or gzip"
    )  # fmt: skip
    vectors_limit: int = option(0, "vectors that are read at most, the first of the file; 0: all")
    vectors_train: str = option(
        "tuned", "the vectors of the file are tuned, frozen, or frozen for that many epochs and"
        " then tuned; words without a vector are trained at any time"
    )  # fmt: skip
    vectors_rate: float = option(1.0, "learning rate of the file's vectors, relative to --rate")
    vectors_lower: bool = option(True, "words without a vector have that of their lower-case form")


def check(config: PretrainedConfig, model: Model, name: str = "embedding") -> Model:
    """The settings of the model, as wide as the vectors; looks at the first one of the file alone.

    Args:
      model: the settings of the model, whose field ``name`` is the width of its embedding.

    Raises:
      ValueError: for settings out of range, or that nothing would use; a file that cannot be read;
        a width of the model that is neither 0, nor its default, nor that of the vectors.
    """
    checks.natural("vectors_limit", config.vectors_limit)
    frozen_epochs(config)
    if not config.vectors:
        for field in dataclasses.fields(PretrainedConfig):
            if (value := getattr(config, field.name)) != field.default:
                raise ValueError(f"{field.name}: got {value!r} without --vectors: nothing uses it")
        return model
    if not 0 < config.vectors_rate < float("inf"):
        raise ValueError(f"vectors_rate: got {config.vectors_rate}, want a number above 0")
    if config.vectors_train == "frozen" and config.vectors_rate != 1:
        raise ValueError(
            f"vectors_rate: got {config.vectors_rate} with vectors_train=frozen: nothing uses it"
        )
    got, width = getattr(model, name), read_vectors(Path(config.vectors), limit=1).matrix.shape[1]
    if got not in {0, width, getattr(type(model)(), name)}:
        raise ValueError(
            f"{name}: got {got}, but the vectors of {config.vectors} are {width} wide;"
            f" want {width}, or leave it out"
        )
    return dataclasses.replace(model, **{name: width})  # type: ignore[type-var]


def frozen_epochs(config: PretrainedConfig) -> int | None:
    """How many epochs the vectors are frozen; None for ever.

    >>> frozen_epochs(PretrainedConfig(vectors_train="3"))
    3

    Raises:
      ValueError: for ``vectors_train`` that is no tuned, frozen or number.
    """
    epochs = {"frozen": None, "tuned": 0}
    if config.vectors_train in epochs:
        return epochs[config.vectors_train]
    if not config.vectors_train.isdecimal():
        raise ValueError(
            f"vectors_train: got {config.vectors_train!r}, want tuned, frozen or a number of epochs"
        )
    return int(config.vectors_train)
