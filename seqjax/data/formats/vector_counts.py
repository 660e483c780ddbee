"""How often words occurred, as word2vec writes it beside vectors: a line "word count" a word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seqjax.basics.whole_file import whole_file
from seqjax.data.formats.vector_lines import BOM, lines_of
from seqjax.data.formats.vector_recognition import UNREADABLE, opened
from seqjax.data.formats.vector_words import check_reading, check_words, decoded

COUNT = re.compile(rb"\d{1,18}")


def read_counts(path: str | Path, *, encoding_errors: str = "strict") -> dict[str, int]:
    """The count of each word of a file, plain or gzip: word2vec's -save-vocab, gensim's fvocab.

    Raises:
      ValueError: names the file and the line: no word and count, a word twice, not UTF-8.
    """
    path, counts = Path(path), {}
    check_reading(None, encoding_errors)
    for row, line in enumerate(_lines(path), 1):
        raw, _, count = line.rstrip(b" \t").rpartition(b" ")
        if not raw or not COUNT.fullmatch(count):
            raise ValueError(f"{path}, row {row}: got {line[:40]!r}, want a word and its count")
        word = decoded(path, row, raw, encoding_errors)
        if word in counts:
            raise ValueError(f"{path}, row {row}: got {word!r} again, want each word once")
        counts[word] = int(count)
    if not counts:
        raise ValueError(f"{path}: got an empty file, want words and their counts")
    return counts


def write_counts(path: str | Path, words: Sequence[str], counts: np.ndarray) -> None:
    """Writes words and their counts, int [V], as ``read_counts``, word2vec and gensim read them.

    Raises:
      ValueError: for a word that is empty, twice there, or has a blank or a line end; a byte-order
        mark at the start.
    """
    check_words(words, "counts")
    with (
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        pairs = zip(words, counts.tolist(), strict=True)
        file.writelines(f"{word} {count}\n" for word, count in pairs)


def _lines(path: Path) -> Iterator[bytes]:
    """Those of the file, without its byte-order mark."""
    with opened(path) as file:
        try:
            for row, line in enumerate(lines_of(path, file)):
                yield line if row else line.removeprefix(BOM)
        except UNREADABLE as error:
            raise ValueError(f"{path}: got a file that cannot be read ({error})") from error
