"""What vectors of a file change in the training of a task.

    transfer = read_transfer(config, vocabulary, counts, seed=run.seed)
    ids = transfer.encode(words)
    init, chain = transfer.init(model.init), transfer.adjust(optimization, epoch)(chain)

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
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from seqjax.basics.types import Array, Params
from seqjax.data import Vocabulary
from seqjax.data.formats.vector_readers import read_vectors
from seqjax.data.transfer import Rows, coverage, rows
from seqjax.tasks.pretrained.config import PretrainedConfig, frozen_epochs
from seqjax.tasks.pretrained.encode import KEY, encode
from seqjax.training.config import Optimization
from seqjax.training.rates import Factor, grouped, thawing
from seqjax.training.rates import Path as Keys

Init = Callable[[Array], Params]


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What vectors of a file change in a task; made by ``read_transfer``."""

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
        return encode(self.data, self.vocabulary, words)

    def init(self, base: Init) -> Init:
        """``base``, with the rows of the file in the place of the embedding's.

        Raises:
          ValueError: from the function, for an embedding of another shape.
        """
        if self.rows is None:
            return base
        leaves = {"w": self.rows.w, **({"unseen": self.rows.unseen} if self.unseen else {})}

        def init(key: Array) -> Params:
            return _with_leaves(base(key), self.path, leaves)

        return init

    def adjust(
        self, optimization: Optimization, epoch: int
    ) -> Callable[[optax.GradientTransformation], optax.GradientTransformation]:
        """optimizer -> optimizer in which the rows of the file have rates of their own.

        Args:
          epoch: steps of one pass over the training part.
        """
        if self.rows is None:
            return lambda chain: chain
        factors: dict[Keys, Factor | float] = {}
        if self.unseen:
            factors[*self.path, "unseen"] = 0.0
        frozen, rate = frozen_epochs(self.config), self.config.vectors_rate
        covered = jnp.asarray(self.rows.covered)[:, None]
        if frozen is None:
            factors[*self.path, "w"] = lambda step: jnp.where(covered, 0.0, 1.0)
        elif frozen or rate != 1:
            rate_factor = thawing(optimization, frozen * epoch, rate, epoch=epoch)
            factors[*self.path, "w"] = lambda step: jnp.where(covered, rate_factor(step), 1.0)
        return lambda chain: grouped(chain, factors) if factors else chain


def read_transfer(
    config: PretrainedConfig,
    vocabulary: Vocabulary,
    counts: Mapping[str, int],
    *,
    seed: int = 0,
    path: Keys = ("words",),
) -> Transfer:
    """Reads the vectors and finds those of the words; the settings have been checked.

    Args:
      vocabulary: of the training part.
      counts: how often each word occurs in the training part.
      seed: of the rows of words without a vector.
      path: where the embedding is in the parameters.

    Raises:
      ValueError: for a file that holds no vectors or none that fit.
    """
    if not config.vectors:
        return Transfer(config, vocabulary, None, path)
    file = Path(config.vectors)
    vectors = read_vectors(file, limit=config.vectors_limit or None)
    table = rows(vocabulary, vectors, lower=config.vectors_lower, seed=seed)
    share = coverage(table, counts, lower=config.vectors_lower)
    repeated = f" ({vectors.duplicates:,} repetitions left out)" if vectors.duplicates else ""
    about = (
        f"{file.name}: {len(vectors.words):,} vectors of width {vectors.matrix.shape[1]}{repeated},"
        f" {config.vectors_train}; of the training part they cover {share.words:.1%} of the"
        f" vocabulary, {share.tokens:.1%} of the running words",
        f"{len(table.unseen):,} words that only they have are known in other texts",
    )
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    data = {
        "sha256": digest,
        "unseen": len(table.unseen),
        "width": vectors.matrix.shape[1],
        "lower": config.vectors_lower,
        "covered": {name: round(value, 4) for name, value in share._asdict().items()},
    }
    return Transfer(config, table.vocabulary, table, path, about, {KEY: data})


def _with_leaves(params: Params, path: Keys, leaves: Mapping[str, np.ndarray]) -> Params:
    """The parameters with those leaves, which have to be there already, below the path."""
    if path:
        return {**params, path[0]: _with_leaves(params[path[0]], path[1:], leaves)}
    for name, leaf in leaves.items():
        got = params[name].shape if name in params else None
        if got != leaf.shape:
            raise ValueError(
                f"{name}: got {got} in the model, but the vectors make it {leaf.shape}"
            )
    return {**params, **{name: jnp.asarray(leaf) for name, leaf in leaves.items()}}
