"""Sentences as arrays, models that read them, and what is common to claims about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.claims.shared.numbers import mean, standard_error
from seqjax.basics.types import Array, Params, Tree
from seqjax.data.vocabulary import UNK, Vocabulary

CELL_NAMES = {"rnn": "RNN", "gru_simple": "GRU (simple)", "gru": "GRU", "lstm": "LSTM"}
"""As tables and plots have them."""


def vocabulary_of(sentences: Iterable[Sequence[str]]) -> Vocabulary:
    """All words of the sentences, by falling count; 0 is a word that is not known.

    >>> vocabulary_of([["the", "cat"], ["the", "dog"]]).tokens
    ('<unk>', 'the', 'cat', 'dog')
    """
    return Vocabulary.build((word for words in sentences for word in words), specials=[UNK])


def padded(
    sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, steps: int = 0
) -> dict[str, Any]:
    """{"words": int32 [N, T] with 0 in the padding, "lengths": int32 [N]}.

    Args:
      sentences: N of them.
      vocabulary: of their words.
      steps: T; 0 is the length of the longest.
    """
    lengths = np.array([len(words) for words in sentences], np.int32)
    ids = np.zeros((len(sentences), steps or int(lengths.max())), np.int32)
    for row, words in zip(ids, sentences, strict=True):
        row[: len(words)] = vocabulary.encode(words)
    return {"words": ids, "lengths": lengths}


def time_first(batch: Mapping[str, Array], *names: str) -> dict[str, Array]:
    """``batch`` with the arrays of those names [B, T] as [T, B]; without names, its "words"."""
    return {
        name: array.T if name in (names or ("words",)) else jnp.asarray(array)
        for name, array in ((name, jnp.asarray(array)) for name, array in batch.items())
    }


def for_each_seed(function: Callable[[Params], Tree], params: Params) -> Any:
    """``function`` of each of the S parameters [S, ...] of ``population.trained``, as NumPy."""
    return jax.tree.map(np.asarray, jax.jit(jax.vmap(function))(params))


def by_group(right: Any, groups: Sequence[Any], order: Sequence[Any]) -> list[list[float]]:
    """The share that is right in each group, [S, G].

    Args:
      right: bool [S, N].
      groups: of each of the N.
      order: the G groups.
    """
    of = np.array([order.index(group) for group in groups])
    return [[float(row[of == g].mean()) for g in range(len(order))] for row in np.asarray(right)]


def ahead(values: Sequence[float], others: Sequence[float]) -> tuple[float, bool]:
    """(mean difference over seeds, whether it is more than twice its standard error).

    >>> ahead([0.9, 0.8, 0.9], [0.5, 0.5, 0.6])[1]
    True
    """
    differences = [a - b for a, b in zip(values, others, strict=True)]
    # A difference that is the same for all seeds has an error of 0; NaN, for one seed, is not less.
    return mean(differences), mean(differences) > 2 * standard_error(differences)
