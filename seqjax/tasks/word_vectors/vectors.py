"""Vectors that a run has trained: of its words, of words as contexts, of any words."""

from __future__ import annotations

from collections.abc import Sequence

from seqjax.tasks.loaded import Loaded
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.training.trained import Trained


def vectors(loaded: Loaded) -> KeyedVectors:
    """The vectors of all words, the commonest first, with their counts in the training text.

    Those of GloVe are the sum of both tables, w + w̃; with n-grams each is the mean of the word's
    own row and those of its n-grams.
    """
    model: Trained = loaded.model
    return model.vectors(loaded.params)


def contexts(loaded: Loaded) -> KeyedVectors:
    """The vectors of words as contexts, or as what is predicted: the output table, GloVe's w̃.

    Raises:
      ValueError: for output=hierarchical, whose rows are nodes of a tree.
    """
    model: Trained = loaded.model
    return model.contexts(loaded.params)


def vectors_of(loaded: Loaded, words: Sequence[str]) -> KeyedVectors:
    """The vectors of some words, each once, seen or not: with n-grams (``buckets``) all have one.

    A word that was not trained has the mean of its n-grams, as in fastText.

    Raises:
      ValueError: for a word that was not trained, of a run without n-grams.
    """
    model: Trained = loaded.model
    return model.of(loaded.params, words)
