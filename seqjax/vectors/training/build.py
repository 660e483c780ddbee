"""From a configuration and the counts of words to the objective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqjax.basics import checks
from seqjax.vectors.training.build_word2vec import build_word2vec
from seqjax.vectors.training.chunk_sizes import CHUNKS, glove_chunk
from seqjax.vectors.training.config import OBJECTIVES, OUTPUTS, VectorsConfig, rate_of, validate
from seqjax.vectors.training.context_windows import Geometry
from seqjax.vectors.training.glove import glove
from seqjax.vectors.training.neural_lm import neural_lm
from seqjax.vectors.training.objective import Objective


def build(
    config: VectorsConfig,
    counts: np.ndarray,
    *,
    frozen: np.ndarray | None = None,
    words: Sequence[str] | None = None,
) -> Objective:
    """The objective of a configuration.

    Args:
      counts: of each word [V], falling.
      frozen: bool [V], words whose vectors stay as they are; skip_gram and cbow alone.
      words: [V], which n-grams are made of; nothing else needs them.

    Raises:
      ValueError: for an option that is wrong or that nothing would use; it names it.

    >>> objective = build(VectorsConfig(objective="glove", size=2), np.array([9, 5, 3]))
    >>> objective.unit
    'entries'
    """
    _check(config, len(counts))
    if config.objective in ("skip_gram", "cbow"):
        return build_word2vec(config, counts, frozen, words)
    if frozen is not None:
        raise ValueError(f"frozen: got some, but {config.objective} has no frozen words")
    if config.objective == "glove":
        return _glove(config, len(counts))
    length = config.chunk or CHUNKS["neural_lm"]
    geometry = Geometry(config.window, length, length)
    return neural_lm(
        len(counts), config.size, config.hidden, geometry, context=config.context,
        direct=config.direct,
    )  # fmt: skip


def _check(config: VectorsConfig, number: int) -> None:
    """Raises a ValueError for what is wrong with any objective."""
    checks.lookup("objective", dict.fromkeys(OBJECTIVES), config.objective)
    checks.lookup("output", dict.fromkeys(OUTPUTS), config.output)
    validate(config)
    for name in ("size", "window"):
        checks.positive(name, getattr(config, name))
    if number < 2:
        raise ValueError(f"vocabulary: got {number} words, want two or more")
    if config.size > number:
        raise ValueError(
            f"size: got {config.size}, want {number} or less: so many words span no more dimensions"
        )
    if config.chunk:
        checks.positive("chunk", config.chunk)


def _glove(config: VectorsConfig, number: int) -> Objective:
    length = glove_chunk(config, number)
    objective = glove(
        number, config.size, x_max=config.x_max, alpha=config.alpha, rule=config.update,
        chunk=length,
    )  # fmt: skip
    # The C tool's biases are updated without the rate.
    rate = rate_of(config) if config.update == "glove" else 1.0
    return objective._replace(updates_per_row=length / number / rate, bound=1.0)
