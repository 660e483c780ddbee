"""Word vectors of others in a launch: the flags, and what they change in a task.

    moved = pretrained.transfer(config, vocabulary, counts, seed=run.seed)
    model = tagger(moved.widen(options), moved.vocabulary, unseen=moved.unseen)
    ids = moved.encode(words)
    Task(init=moved.init(model.init), adjust=moved.adjust(optimization, epoch), ...)

Without --vectors all of this changes nothing. The embedding is trained in part: words of the
training text are the rows of params["words"]["w"]; words that only the file has, for texts to come,
are params["words"]["unseen"] and never move: they get no gradient and no weight decay.

A GPU may be slow at training an embedding: see ``seqjax.layers.embedding``.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np
import optax

from experiments import flags
from seqjax.basics.options import option
from seqjax.basics.types import Array, Params
from seqjax.data import Vocabulary
from seqjax.data.formats.vector_readers import read_vectors
from seqjax.data.transfer import Rows, coverage, rows
from seqjax.data.transfer import encode as encode_words
from seqjax.training.config import Optimization
from seqjax.training.rates import Factor, grouped, thawing
from seqjax.training.rates import Path as Keys

Config = TypeVar("Config")
KEY = "pretrained"
"""of what a run remembers of vectors, in record["data"]"""
Init = Callable[[Array], Params]


@dataclasses.dataclass(frozen=True)
class PretrainedConfig:
    """Which vectors words begin with, and how they are trained."""

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


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What vectors of a file change in a task; made by ``transfer``."""

    config: PretrainedConfig
    vocabulary: Vocabulary
    """of the training text, and behind it what only the file has"""
    rows: Rows | None
    """None without a file"""
    path: Keys
    about: tuple[str, ...] = ()
    """lines for a person"""
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """goes into record["data"]"""

    @property
    def unseen(self) -> int:
        """How many words, the last of the vocabulary, only the file has."""
        return 0 if self.rows is None else len(self.rows.unseen)

    def encode(self, words: Iterable[str]) -> np.ndarray:
        """The ids int32 [N] of words."""
        return encode_words(self.vocabulary, words, lower=_lower(self.data))

    def widen(self, config: Config, name: str = "embedding") -> Config:
        """The configuration of a model with the width of the vectors.

        Raises:
          ValueError: if it has another width already: neither 0 nor the default.
        """
        if self.rows is None:
            return config
        values: Any = config
        got, width = getattr(values, name), self.rows.w.shape[1]
        if got not in {0, width, getattr(type(values)(), name)}:
            raise ValueError(
                f"{name}: got {got}, but the vectors of {self.config.vectors} are {width} wide;"
                f" want {width}, or leave it out"
            )
        return dataclasses.replace(values, **{name: width})

    def init(self, base: Init) -> Init:
        """``base``, with the rows of the file in the place of the embedding's."""
        if self.rows is None:
            return base
        leaves = {"w": self.rows.w, **({"unseen": self.rows.unseen} if self.unseen else {})}

        def init(key: Array) -> Params:
            return _put(base(key), self.path, leaves)

        return init

    def adjust(
        self, optimization: Optimization, epoch: int
    ) -> Callable[[optax.GradientTransformation], optax.GradientTransformation]:
        """What is done with the optimizer, where an epoch has so many steps."""
        if self.rows is None:
            return lambda chain: chain
        factors: dict[Keys, Factor | float] = {}
        if self.unseen:
            factors[*self.path, "unseen"] = 0.0
        frozen, rate = _epochs(self.config), self.config.vectors_rate
        covered = jnp.asarray(self.rows.covered)[:, None]
        if frozen is None:
            factors[*self.path, "w"] = lambda step: jnp.where(covered, 0.0, 1.0)
        elif frozen or rate != 1:
            thawed = thawing(optimization, frozen * epoch, rate)
            factors[*self.path, "w"] = lambda step: jnp.where(covered, thawed(step), 1.0)
        return lambda chain: grouped(chain, factors) if factors else chain


def transfer(
    config: PretrainedConfig,
    vocabulary: Vocabulary,
    counts: Mapping[str, int],
    *,
    seed: int = 0,
    path: Keys = ("words",),
) -> Transfer:
    """Reads the vectors and finds those of the words.

    Args:
      vocabulary: of the training part.
      counts: how often each word occurs in the training part.
      seed: of the rows of words without a vector.
      path: where the embedding is in the parameters.

    Raises:
      ValueError: for a file that holds no vectors or none that fit, flags that are out of range, or
        that nothing would use.
    """
    flags.natural("vectors_limit", config.vectors_limit)
    _epochs(config)
    if not config.vectors:
        for field in dataclasses.fields(PretrainedConfig):
            if (value := getattr(config, field.name)) != field.default:
                raise ValueError(f"{field.name}: got {value!r} without --vectors: nothing uses it")
        return Transfer(config, vocabulary, None, path)
    if not 0 < config.vectors_rate < float("inf"):
        raise ValueError(f"vectors_rate: got {config.vectors_rate}, want a number above 0")
    if config.vectors_train == "frozen" and config.vectors_rate != 1:
        raise ValueError(
            f"vectors_rate: got {config.vectors_rate} with vectors_train=frozen: nothing uses it"
        )
    file = Path(config.vectors)
    vectors = read_vectors(file, limit=config.vectors_limit or None)
    made = rows(vocabulary, vectors, lower=config.vectors_lower, seed=seed)
    share = coverage(made, counts, lower=config.vectors_lower)
    repeated = f" ({vectors.duplicates:,} repetitions left out)" if vectors.duplicates else ""
    about = (
        f"{file.name}: {len(vectors.words):,} vectors of width {vectors.matrix.shape[1]}{repeated},"
        f" {config.vectors_train}; of the training part they cover {share.words:.1%} of the"
        f" vocabulary, {share.tokens:.1%} of the running words",
        f"{len(made.unseen):,} words that only they have are known in other texts",
    )
    with file.open("rb") as opened:
        mark = hashlib.file_digest(opened, "sha256").hexdigest()[:16]
    data = {
        "sha256": mark,
        "unseen": len(made.unseen),
        "lower": config.vectors_lower,
        "covered": {name: round(value, 4) for name, value in share._asdict().items()},
    }
    return Transfer(config, made.vocabulary, made, path, about, {KEY: data})


def encode(record: Mapping[str, Any], vocabulary: Vocabulary, words: Iterable[str]) -> np.ndarray:
    """The ids int32 [N] of words, as the run with that record has them."""
    return encode_words(vocabulary, words, lower=_lower(record["data"]))


def predicted(record: Mapping[str, Any], vocabulary: Vocabulary) -> int:
    """How many ids, the first ones, are words of the training text: what a model can write."""
    return len(vocabulary) - record["data"].get(KEY, {}).get("unseen", 0)


def _lower(data: Mapping[str, Any]) -> bool:
    return data.get(KEY, {}).get("lower", False)


def _epochs(config: PretrainedConfig) -> int | None:
    """How long the vectors are frozen; None for ever."""
    words = {"frozen": None, "tuned": 0}
    if config.vectors_train in words:
        return words[config.vectors_train]
    if not config.vectors_train.isdecimal():
        raise ValueError(
            f"vectors_train: got {config.vectors_train!r}, want tuned, frozen or a number of epochs"
        )
    return int(config.vectors_train)


def _put(params: Params, path: Keys, leaves: Mapping[str, np.ndarray]) -> Params:
    """The parameters with those leaves, which have to be there already, below the path."""
    if path:
        return {**params, path[0]: _put(params[path[0]], path[1:], leaves)}
    for name, leaf in leaves.items():
        got = params[name].shape if name in params else None
        if got != leaf.shape:
            raise ValueError(
                f"{name}: got {got} in the model, but the vectors make it {leaf.shape}"
            )
    return {**params, **{name: jnp.asarray(leaf) for name, leaf in leaves.items()}}
