"""Questions about word vectors as a person types them, and their answers as lines.

king - man + woman        the words nearest to a word, or to a sum of words
odd: cat dog house        the word that fits the others least
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqjax.basics import checks
from seqjax.basics.options import option
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.nearest import nearest, query_point
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
    unanswered: str = ""
    """why there are none: a word without a vector, say"""


def check(options: NeighbourOptions) -> None:
    """Checks options before vectors are read.

    Raises:
      ValueError: for an option that is wrong; it names it.
    """
    checks.positive("count", options.count)
    checks.lookup("metric", METRICS, options.metric)


def neighbours(
    vectors: KeyedVectors,
    texts: Sequence[str],
    query_of: Callable[[str], Query],
    options: NeighbourOptions,
) -> list[Neighbours]:
    """The nearest words of each text. One that cannot be answered says why; the others are.

    Args:
      query_of: of a text; raises a ValueError for one that cannot be answered.

    Raises:
      ValueError: if none can be answered: what is wrong with the first one.
    """
    answers: dict[int, Neighbours] = {}
    queries: dict[int, Query] = {}
    for number, text in enumerate(texts):
        try:
            queries[number] = query_of(text.strip())
            query_point(vectors, queries[number], options.metric)
        except ValueError as error:
            queries.pop(number, None)
            answers[number] = Neighbours(text, [], [], str(error))
    if not queries:
        raise ValueError(answers[0].unanswered)
    rows = nearest(
        vectors, [*queries.values()], options.count, metric=options.metric,
        exclude=not options.include,
    )  # fmt: skip
    for number, row in zip(queries, rows, strict=True):
        words, scores = [word for word, _ in row], [score for _, score in row]
        answers[number] = Neighbours(texts[number], words, scores)
    return [answers[number] for number in range(len(texts))]


def known_query(vectors: KeyedVectors, text: str) -> Query:
    """A word or a sum of words, all of which have vectors.

    Raises:
      ValueError: for words without a vector, all of which it names, or what is no sum of words.
    """
    if text in vectors:  # it may be a sign, or hold blanks
        return Query((text,))
    vectors.check_known([word for word in text.split() if word not in SIGNS])
    return parse(text)


def lines(answer: Neighbours) -> str:
    """The question and its answers, a line each, or why there are none.

    >>> print(lines(Neighbours("cat", ["dog"], [0.75])))
    cat
      dog                      0.7500
    """
    rows = zip(answer.words, answer.similarities, strict=True)
    reason = [f"  {answer.unanswered}"] if answer.unanswered else []
    return "\n".join([answer.word, *reason, *(f"  {word:24} {score:.4f}" for word, score in rows)])


def answer(vectors: KeyedVectors, text: str, options: NeighbourOptions) -> str:
    """The question and its answers, a line each.

    Raises:
      ValueError: for words without a vector, all of which it names, or what is no question.
    """
    text = text.strip()
    if text.startswith(ODD):
        words = text.removeprefix(ODD).split()
        vectors.check_known(words)
        return f"{text}\n  {odd_one_out(vectors, words)}"
    return lines(neighbours(vectors, [text], lambda each: known_query(vectors, each), options)[0])
