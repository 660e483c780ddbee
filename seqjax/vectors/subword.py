"""Vectors of any words, seen or not, from their character n-grams (Bojanowski et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from seqjax.data.words.character_ngrams import LONGEST, SHORTEST, mean_vectors
from seqjax.vectors.keyed import KeyedVectors


class SubwordVectors(NamedTuple):
    """Vectors of the words of a vocabulary, and the n-grams that others are composed of."""

    known: KeyedVectors
    """of the vocabulary, each the mean of its own row and those of its n-grams"""
    ngrams: np.ndarray
    """z [B, D], by the hash of the n-gram"""
    shortest: int = SHORTEST
    longest: int = LONGEST
    """characters of an n-gram; 0: there are none, and unseen words have no vectors"""
    most: int | None = None
    """n-grams of a word that count, the first ones; None: all"""

    def of(self, words: Iterable[str]) -> KeyedVectors:
        """Of any words, each once: those of the vocabulary have theirs, another 1 / n Σ_g z_g.

        Raises:
          ValueError: for a word that is unknown and too short for an n-gram: the empty one; for any
            unknown one without n-grams.

        >>> known = KeyedVectors(("cat",), np.ones((1, 2)))
        >>> SubwordVectors(known, np.zeros((10, 2))).of(["cat", "cats"]).matrix.tolist()
        [[1.0, 1.0], [0.0, 0.0]]
        """
        distinct = list(dict.fromkeys(words))
        unseen = [word for word in distinct if word not in self.known]
        if unseen and not self.longest:
            raise ValueError(
                f"words: got {unseen[0]!r}, which was not trained, and there are no n-grams"
            )
        composed = mean_vectors(
            self.ngrams, unseen, shortest=self.shortest, longest=self.longest, most=self.most
        )
        rows = dict(zip(unseen, composed, strict=True))
        matrix = [rows[word] if word in rows else self.known[word] for word in distinct]
        return KeyedVectors(tuple(distinct), np.array(matrix).reshape(-1, self.known.width))
