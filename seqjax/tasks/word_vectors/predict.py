"""The words that are nearest to others, by trained vectors."""

from __future__ import annotations

from collections.abc import Sequence

from seqjax.tasks.loaded import Loaded
from seqjax.tasks.text_input import lines_of
from seqjax.tasks.word_vectors.vectors import vectors, vectors_of
from seqjax.vectors.keyed import KeyedVectors
from seqjax.vectors.queries import Query, Term, parse
from seqjax.vectors.questions import (
    NeighbourOptions,
    Neighbours,
    check,
    known_query,
    lines,
    neighbours,
)


def predict(loaded: Loaded, words: Sequence[str], options: NeighbourOptions) -> list[Neighbours]:
    """The words nearest to each word, or to each sum such as "king - man + woman".

    With n-grams (``buckets``) a word may be one that was not trained.

        run.predict(["king - man + woman"])[0]

    What cannot be answered, such as a word without a vector, says why (``Neighbours.unanswered``);
    the others are answered.

    Raises:
      ValueError: for no words; if none can be answered, what is wrong with the first one.
    """
    check(options)
    if not len(words):
        raise ValueError("inputs: got no words, want one or more")
    known = vectors(loaded)

    def query_of(text: str) -> Query:
        if "ngrams" in loaded.params:
            return _composed_query(loaded, known, text, unit=options.metric == "cosine")
        return known_query(known, text)

    return neighbours(known, words, query_of, options)


def _composed_query(loaded: Loaded, known: KeyedVectors, text: str, *, unit: bool) -> Query:
    """A sum in which words that were not trained are the vectors of their n-grams."""
    query = Query((text,)) if text in known else parse(text)
    unseen = [word for word in query.words if word not in known]
    composed = vectors_of(loaded, unseen) if unseen else known

    def term(word: Term) -> Term:
        if not isinstance(word, str) or word in known:
            return word
        # As vectors of words are taken by ``nearest``, which leaves other vectors as they are.
        return composed.units([word])[0] if unit else composed[word]

    return Query(*(tuple(map(term, side)) for side in query))


def inputs(
    loaded: Loaded, texts: Sequence[str], files: Sequence[str], options: NeighbourOptions
) -> list[str]:
    """A word, or a sum of words, of each text and of each line of the files.

    Raises:
      ValueError: for both, neither, or an empty line.
    """
    return lines_of(texts, files)


def show(answer: Neighbours, options: NeighbourOptions) -> str:
    """What was asked, and the answers below it."""
    return lines(answer)
