"""From word vectors of a file to the rows of an embedding: which word has which vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from seqjax.basics.unicode_form import composed
from seqjax.data.formats.vector_readers import Vectors
from seqjax.data.vocabulary import UNK, Vocabulary


class Rows(NamedTuple):
    """The rows of an embedding, in two pieces as ``layers.embedding(unseen=)`` has them."""

    vocabulary: Vocabulary
    """the words of the training text, and behind them those that only the file has"""
    w: np.ndarray
    """float32 [words of the training text, D]"""
    covered: np.ndarray
    """bool, the rows of w that come from the file"""
    unseen: np.ndarray
    """float32 [words that only the file has, D]"""


def rows(vocabulary: Vocabulary, vectors: Vectors, *, lower: bool, seed: int = 0) -> Rows:
    """A row for each word of the training text, and for each word that only the file has.

    A word has its own vector, whatever the form of Unicode on either side, and its name is in the
    composed form (NFC) where only the file has it; with ``lower``, one without has that of its
    lower-case form. UNK has the mean of the file's vectors, unless it is a word of the file. All
    other rows are drawn from a normal distribution with the standard deviation of the file's
    numbers.

    Raises:
      ValueError: for vectors without words, or none for any word of the vocabulary: another
        language, say, or another way of writing.

    >>> vectors = Vectors(("cat", "dog"), np.array([[1.0, 0.0], [0.0, 1.0]], np.float32))
    >>> embedding = rows(Vocabulary((UNK, "Cat")), vectors, lower=True)
    >>> embedding.vocabulary.tokens, embedding.w.tolist(), embedding.unseen.tolist()
    (('<unk>', 'Cat', 'cat', 'dog'), [[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
    """
    if not vectors.words:
        raise ValueError("vectors: got none, want 1 or more")
    row_of = {composed(word): row for row, word in reversed(list(enumerate(vectors.words)))}
    row_of |= {word: row for row, word in enumerate(vectors.words)}
    file_rows = np.array([_row(word, row_of, lower) for word in vocabulary.tokens])
    covered = file_rows >= 0
    if not covered.any():
        raise ValueError(
            f"vectors: got {len(row_of):,} words, of which the training text has none, want some of"
            f" its words; the first ones are {', '.join(vectors.words[:3])} there and"
            f" {', '.join(vocabulary.tokens[-3:])} here"
        )
    draw = np.random.default_rng([seed, len(vocabulary)])
    shape = (len(vocabulary), vectors.matrix.shape[1])
    w = draw.normal(scale=vectors.matrix.std(), size=shape).astype(np.float32)
    w[covered] = vectors.matrix[file_rows[covered]]
    if vocabulary.unk is not None and not covered[vocabulary.unk]:
        w[vocabulary.unk] = vectors.matrix.mean(0)
    known = {*map(composed, vocabulary.tokens), *vocabulary.tokens}
    unseen = {composed(word): row_of[composed(word)] for word in vectors.words}
    unseen = {word: row for word, row in unseen.items() if word not in known}
    longer = Vocabulary((*vocabulary.tokens, *unseen))
    return Rows(longer, w, covered, vectors.matrix[list(unseen.values())])


def _row(word: str, row_of: Mapping[str, int], lower: bool) -> int:
    """The row of the word's vector in the file, -1 for none."""
    forms = [word, composed(word)]
    forms += [form.lower() for form in forms] if lower else []
    return next((row_of[form] for form in forms if form in row_of), -1)


def encode(vocabulary: Vocabulary, tokens: Iterable[str], *, lower: bool) -> np.ndarray:
    """int32 [N]: ``vocabulary.encode``, but an unknown word is its composed form (NFC), if known.

    With ``lower`` it may also be its lower-case form.

    Raises:
      ValueError: as ``vocabulary.encode`` does, where there is no UNK.

    >>> encode(Vocabulary((UNK, "cat")), ["Cat", "dog"], lower=True).tolist()
    [1, 0]
    """
    known = vocabulary.__contains__
    tokens = [token if known(token) else composed(token) for token in tokens]
    if lower:
        tokens = [t.lower() if not known(t) and known(t.lower()) else t for t in tokens]
    return vocabulary.encode(tokens)


class Coverage(NamedTuple):
    """How much of a training text the vectors know."""

    words: float
    """share of its distinct words, those alone that are in the vocabulary"""
    tokens: float
    """share of all its words, each time they occur"""


def coverage(embedding: Rows, counts: Mapping[str, int], *, lower: bool) -> Coverage:
    """Shares of the words that ``counts`` counts. UNK is no word.

    >>> vectors = Vectors(("cat",), np.ones((1, 2), np.float32))
    >>> embedding = rows(Vocabulary(("cat", "dog")), vectors, lower=False)
    >>> coverage(embedding, {"cat": 3, "dog": 1}, lower=False)
    Coverage(words=0.5, tokens=0.75)
    """
    vocabulary = embedding.vocabulary
    in_both = zip(vocabulary.tokens, embedding.covered, strict=False)
    in_file_alone = vocabulary.tokens[len(embedding.covered) :]
    covered = ({word for word, is_covered in in_both if is_covered} | set(in_file_alone)) - {UNK}

    def known(word: str) -> bool:
        in_lower_case = lower and word not in vocabulary and word.lower() in covered
        return word in covered or in_lower_case

    words = [word for word in counts if word in vocabulary and word != UNK]
    tokens = sum(count for word, count in counts.items() if known(word))
    return Coverage(
        sum(map(known, words)) / max(1, len(words)), tokens / max(1, sum(counts.values()))
    )
