"""What a run that trained word vectors holds: the tables by name, as vectors of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from seqjax.basics.types import Array, Params
from seqjax.data.words.character_ngrams import MOST
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.subword import SubwordVectors
from seqjax.vectors.training.build import build
from seqjax.vectors.training.config import VectorsConfig
from seqjax.vectors.training.objective import Objective


class Trained(NamedTuple):
    """The model of such a run: what trains it, and what it is asked."""

    objective: Objective
    init: Callable[[Array], Params]
    """key -> tables of the shapes that the run's have"""
    vectors: Callable[[Params], KeyedVectors]
    """the vectors of words; of GloVe w + w̃, the sum of both tables"""
    contexts: Callable[[Params], KeyedVectors]
    """the vectors of words as contexts, or as what is predicted: the output table, GloVe's w̃"""
    of: Callable[[Params, Sequence[str]], KeyedVectors]
    """the vectors of any words; one that was not trained has the mean of its n-grams (fastText)"""


def trained(
    config: VectorsConfig,
    words: Sequence[str],
    counts: np.ndarray | None = None,
    *,
    frozen: np.ndarray | None = None,
) -> Trained:
    """The tables of a configuration and its words, the commonest first.

    Args:
      counts: int [V], of the words, which their vectors then carry. Without them the objective can
        be asked for vectors, but neither trained nor evaluated.
      frozen: bool [V] or None; see ``build``.

    Raises:
      ValueError: as ``build`` does; ``contexts`` as ``check_contexts``, ``of`` for unseen words
        without n-grams.
    """
    # Neither shapes nor vectors depend on counts.
    known = np.ones(len(words), np.int64) if counts is None else counts
    objective = build(config, known, frozen=frozen, words=words)
    names = tuple(words)

    def keyed(rows: Array) -> KeyedVectors:
        return KeyedVectors(names, np.asarray(rows), counts)

    def vectors(params: Params) -> KeyedVectors:
        return keyed(objective.vectors(params))

    def contexts(params: Params) -> KeyedVectors:
        check_contexts(config)
        if config.objective == "glove":
            return keyed(params["input"][len(names) :, : config.size])
        return keyed(params["output"])

    def of(params: Params, wanted: Sequence[str]) -> KeyedVectors:
        known = vectors(params)
        unseen = [word for word in wanted if word not in known]
        if unseen and "ngrams" not in params:
            raise ValueError(
                f"words: got {unseen[0]!r}, which was not trained; want others, or a run with"
                " --buckets, which knows parts of words"
            )
        table = params.get("ngrams", np.zeros((1, known.width)))
        return SubwordVectors(known, np.asarray(table), most=MOST).of(wanted)

    return Trained(objective, objective.init, vectors, contexts, of)


def check_contexts(config: VectorsConfig) -> None:
    """Checks that a table has a row for each word as a context.

    Raises:
      ValueError: for hierarchical softmax, whose rows are nodes of a tree.

    >>> check_contexts(VectorsConfig(output="softmax"))
    """
    if config.objective in ("skip_gram", "cbow") and config.output == "hierarchical":
        raise ValueError(
            "contexts: got output hierarchical, whose rows are nodes of a tree, not words; want"
            " negative or softmax"
        )
