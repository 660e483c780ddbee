"""Queries: sums of words, with weights, and as people write them: king - man + woman."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqjax.vectors.keyed import KeyedVectors

SIGNS = ("+", "-")

Term = str | np.ndarray | tuple[str | np.ndarray, float]
"""A word, a vector [D], or one of them and its weight."""


class Neighbour(NamedTuple):
    """A word and how near it is."""

    word: str
    score: float
    """cosine: 1 is nearest; euclidean: the distance, 0 is nearest; 3CosMul: its product"""


class Query(NamedTuple):
    """Sum of some words' vectors, or of vectors, less that of others; each counts once or w times.

    Query(("king", ("woman", 0.5)), ("man",)) is king + 0.5 woman - man.

    >>> Query(("king", ("woman", 0.5)), ("man",)).words
    ('king', 'woman', 'man')
    """

    plus: tuple[Term, ...]
    minus: tuple[Term, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Those of the terms that are words."""
        return tuple(term for term, _ in weighted(self) if isinstance(term, str))


def parse(text: str) -> Query:
    """The words that a line adds and subtracts; a sign stands alone, with blanks around it.

        king - man + woman    king and woman, less man
        mother-in-law         one word

    Raises:
      ValueError: for no words, two signs or two words in a row, a sign at the end.

    >>> parse("king - man + woman")
    Query(plus=('king', 'woman'), minus=('man',))
    """
    text = text.strip()
    words: dict[str, list[str]] = {sign: [] for sign in SIGNS}
    pieces = text.split()
    if pieces and pieces[0] not in SIGNS:
        pieces.insert(0, "+")
    if not pieces or len(pieces) % 2:
        raise ValueError(f"{text!r}: want words with + or - between them, and blanks around these")
    for sign, word in zip(pieces[::2], pieces[1::2], strict=True):
        if sign not in SIGNS or word in SIGNS:
            wrong = word if word in SIGNS else sign
            raise ValueError(f"{text!r}: got {wrong!r}, want words with + or - between them")
        words[sign].append(word)
    return Query(tuple(words["+"]), tuple(words["-"]))


def as_queries(queries: Sequence[str | Query]) -> list[Query]:
    """Words as queries for them; queries as they are.

    Raises:
      ValueError: for a query without a term.

    >>> as_queries(["cat"])
    [Query(plus=('cat',), minus=())]
    """
    sums = [Query((query,)) if isinstance(query, str) else query for query in queries]
    for query in sums:
        if not query.plus and not query.minus:
            raise ValueError("query: got no words, want one or more")
    return sums


def weighted(query: Query) -> list[tuple[str | np.ndarray, float]]:
    """Its terms with their weights, those that are subtracted with the other sign.

    >>> weighted(Query(("king", ("woman", 0.5)), ("man",)))
    [('king', 1.0), ('woman', 0.5), ('man', -1.0)]
    """
    return [
        (term[0], sign * term[1]) if isinstance(term, tuple) else (term, sign)
        for sign, terms in ((1.0, query.plus), (-1.0, query.minus))
        for term in terms
    ]


def query_text(query: Query) -> str:
    """As a person would write it; a vector is written as <vector>.

    >>> query_text(Query(("king", ("woman", 0.5)), ("man",)))
    "'king' + 0.5 'woman' - 'man'"
    """
    parts = []
    for term, weight in weighted(query):
        size = "" if abs(weight) == 1 else f"{abs(weight):g} "
        name = repr(term) if isinstance(term, str) else "<vector>"
        parts.append(f"{'-' if weight < 0 else '+'} {size}{name}")
    return " ".join(parts).removeprefix("+ ")


def term_vectors(
    vectors: KeyedVectors, terms: Sequence[str | np.ndarray], *, unit: bool
) -> np.ndarray:
    """float64 [N, D]: the vectors of words, at length 1 if ``unit``; vectors stay as they are.

    Raises:
      ValueError: for a word without a vector, a vector of another width or that is not finite; with
        ``unit``, a word whose vector is zero.

    >>> vectors = KeyedVectors(("cat",), np.array([[3.0, 4.0]]))
    >>> term_vectors(vectors, ["cat", np.ones(2)], unit=True).tolist()
    [[0.6, 0.8], [1.0, 1.0]]
    """
    rows = np.empty((len(terms), vectors.width))
    for row, term in zip(rows, terms, strict=True):
        if isinstance(term, str):
            row[:] = vectors.units([term])[0] if unit else vectors[term]
        elif np.shape(term) != (vectors.width,) or not np.isfinite(term).all():
            raise ValueError(
                f"query: got a vector of shape {np.shape(term)}, want {vectors.width} finite"
                " numbers"
            )
        else:
            row[:] = term
    return rows
