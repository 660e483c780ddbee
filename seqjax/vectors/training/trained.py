"""What a run that trained word vectors holds: the tables by name, as vectors of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics.types import Array, Params
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.training import ngrams
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig


class Trained(NamedTuple):
    """The model of such a run. It is asked, not trained: it does not know how often words occur."""

    init: Callable[[Array], Params]
    """key -> tables of the shapes that the run's have"""
    vectors: Callable[[Params], KeyedVectors]
    """the vectors of words; of GloVe w + w̃, the sum of both tables"""
    contexts: Callable[[Params], KeyedVectors]
    """the vectors of words as contexts, or as what is predicted: the output table, GloVe's w̃"""
    of: Callable[[Params, Sequence[str]], KeyedVectors]
    """the vectors of any words; one that was not trained has the mean of its n-grams (fastText)"""


def trained(config: VectorsConfig, words: Sequence[str]) -> Trained:
    """The tables of a configuration and its words, the commonest first."""
    # Neither shapes nor vectors depend on counts.
    objective = build(config, np.ones(len(words), np.int64), words=words)
    names = tuple(words)

    def vectors(params: Params) -> KeyedVectors:
        return KeyedVectors(names, np.asarray(objective.vectors(params)))

    def contexts(params: Params) -> KeyedVectors:
        check_contexts(config)
        if config.objective == "glove":
            return KeyedVectors(names, np.asarray(params["input"][len(names) :, : config.size]))
        return KeyedVectors(names, np.asarray(params["output"]))

    def of(params: Params, wanted: Sequence[str]) -> KeyedVectors:
        known = vectors(params)
        strange = [word for word in wanted if word not in known]
        if strange and "ngrams" not in params:
            raise ValueError(
                f"words: got {strange[0]!r}, which was not trained; want others, or a run with"
                " --buckets, which knows parts of words"
            )
        made = dict(zip(strange, ngrams.unseen(params, strange), strict=True)) if strange else {}
        rows = [known[word] if word in known else made[word] for word in wanted]
        return KeyedVectors(tuple(wanted), np.stack(rows))

    return Trained(objective.init, vectors, contexts, of)


def check_contexts(config: VectorsConfig) -> None:
    """Raises a ValueError where no table has a row for each word as a context."""
    if config.objective in ("skip_gram", "cbow") and config.output == "hierarchical":
        raise ValueError(
            "contexts: got output hierarchical, whose rows are nodes of a tree, not words; want"
            " negative or softmax"
        )
