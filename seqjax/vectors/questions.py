"""Questions about word vectors as a person types them, and their answers as lines.

king - man + woman        the words nearest to a word, or to a sum of words
odd: cat dog house        the word that fits the others least
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest
from seqjax.vectors.queries import SIGNS, Query, parse
from seqjax.vectors.similarity import METRICS
from seqjax.vectors.word_sets import odd_one_out

ODD = "odd:"


@dataclasses.dataclass(frozen=True)
class NeighbourOptions:
    """Neighbours: how many are shown, and what is near."""

    count: int = option(10, "answers")
    metric: str = option("cosine", "cosine (1 is nearest) or euclidean (0 is nearest)")
    include: bool = option(False, "let the words asked with be answers")


class Neighbours(NamedTuple):
    """The words that are nearest to a word, or to a sum of words."""

    word: str
    """what was asked"""
    words: list[str]
    """nearest first"""
    similarities: list[float]
    """their cosines; with metric=euclidean distances"""


def check(options: NeighbourOptions) -> None:
    """Checks options before vectors are read.

    Raises:
      ValueError: for an option that is wrong; it names it.
    """
    checks.positive("count", options.count)
    checks.lookup("metric", METRICS, options.metric)


def neighbours(
    vectors: KeyedVectors, texts: Sequence[str], queries: Sequence[Query], options: NeighbourOptions
) -> list[Neighbours]:
    """The nearest words of each query; ``texts`` say how each was typed.

    Raises:
      ValueError: as ``nearest`` does.
    """
    rows = nearest(
        vectors, queries, options.count, metric=options.metric, exclude=not options.include
    )
    return [
        Neighbours(text, [word for word, _ in row], [score for _, score in row])
        for text, row in zip(texts, rows, strict=True)
    ]


def known_query(vectors: KeyedVectors, text: str) -> Query:
    """A word or a sum of words, all of which have vectors.

    Raises:
      ValueError: for a word without a vector, which it names, or what is no sum of words.
    """
    if text in vectors:  # it may be a sign, or hold blanks
        return Query((text,))
    for word in text.split():
        if word not in SIGNS:
            vectors.row(word)
    return parse(text)


def lines(answer: Neighbours) -> str:
    """The question and its answers, a line each.

    >>> print(lines(Neighbours("cat", ["dog"], [0.75])))
    cat
      dog                      0.7500
    """
    rows = zip(answer.words, answer.similarities, strict=True)
    return "\n".join([answer.word, *(f"  {word:24} {score:.4f}" for word, score in rows)])


def answer(vectors: KeyedVectors, text: str, options: NeighbourOptions) -> str:
    """The question and its answers, a line each.

    Raises:
      ValueError: for a word without a vector, or what is no question.
    """
    text = text.strip()
    if text.startswith(ODD):
        return f"{text}\n  {odd_one_out(vectors, text.removeprefix(ODD).split())}"
    query = known_query(vectors, text)
    return lines(neighbours(vectors, [text], [query], options)[0])
