"""Words in files of vectors: how they are decoded, and which ones a format cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqjax.data.formats.vector_text import NUMBER

ERRORS = ("strict", "replace", "ignore")
HEADERLESS = ("glove", "counts")
MARK = "\ufeff"
"""The byte-order mark, which readers take off the beginning of a file."""


def check_reading(limit: int | None, encoding_errors: str) -> None:
    """Checks a limit of rows, and how words that are not UTF-8 are to be treated.

    Raises:
      ValueError: for a limit below 1, or errors other than strict, replace and ignore.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more, or None")
    if encoding_errors not in ERRORS:
        raise ValueError(
            f"encoding_errors: got {encoding_errors!r}, want strict, replace or ignore"
        )


def decoded(path: Path, row: int, raw: bytes, errors: str) -> str:
    """The word of a row.

    Raises:
      ValueError: for no word, or, if strict, one that is not UTF-8; names file and row.

    >>> decoded(Path("example"), 1, b"caf" + bytes([0xE9]), "ignore")
    'caf'
    """
    if not raw:
        raise ValueError(f"{path}, row {row}: got no word before the numbers, want one")
    try:
        return raw.decode("utf-8", errors)
    except UnicodeDecodeError:
        raise ValueError(
            f"{path}, row {row}: got a word that is not UTF-8, {raw[:40]!r}; want UTF-8, or"
            " encoding_errors replace or ignore"
        ) from None


def check_words(words: Sequence[str], format: str) -> None:
    r"""Checks that all words would come back from a file of that format.

    No format holds an empty word, a line end (\r too), half of a surrogate pair, or a word twice;
    word2vec's hold no blank. GloVe's holds words with blanks, unless the last piece is a number,
    which would count as one of the vector. Those without a header, GloVe's and counts, begin with
    no byte-order mark.

    Args:
      format: word2vec, binary, glove, or counts: lines "word count".

    Raises:
      ValueError: for a word that would not; names it.

    >>> check_words(["new york"], "word2vec")
    Traceback (most recent call last):
        ...
    ValueError: words: got 'new york' as number 1, which word2vec cannot hold
    """
    if len(set(words)) < len(words):
        twice = Counter(words).most_common(1)[0][0]
        raise ValueError(f"words: got {twice!r} twice, want each word once")
    for row, word in enumerate(words, 1):
        wrong = row == 1 and format in HEADERLESS and word.startswith(MARK)
        if format == "glove":
            _, blank, last = word.rpartition(" ")
            wrong |= bool(blank and NUMBER.fullmatch(last.encode("utf-8", "replace")))
        else:
            wrong |= " " in word
        if not word or wrong or "\n" in word or "\r" in word or not _encodable(word):
            raise ValueError(f"words: got {word!r} as number {row}, which {format} cannot hold")


def _encodable(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
