"""A corpus for word vectors: files of any size, read once, as counted words and an array of ids."""

from __future__ import annotations

import functools
import gzip
import itertools
import re
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqjax.data.text import GZIP

BLOCK = 1 << 22
"""Characters that are read at once, and ids that are looked at at once."""
NEWLINE = "\n"
LIMIT = 1 << 23
"""Words that are kept apart at once while they are counted."""
LETTERS = re.compile(r"[^\W\d_]+|\n")
MARKED = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|\d+|\n")

SPLITS: dict[str, Callable[[str], list[str]]] = {
    # Runs of letters in lower case; all else is left out.
    "letters": lambda text: LETTERS.findall(text.lower()),
    # Words with their apostrophes, numbers and marks, as they are written.
    "words": MARKED.findall,
    # What white space parts, for corpora that were tokenised before.
    "pretokenised": lambda text: re.findall(r"[^\s]+|\n", text),
}


class WordCorpus(NamedTuple):
    """Words by falling count, and the text as their ids; words that are too rare are not in it."""

    words: tuple[str, ...]
    counts: np.ndarray
    """int64 [V], of the part ``ids[:train]``"""
    ids: np.ndarray
    """int32 [N]: mapped from a temporary file that goes with the process, never wholly in memory"""
    starts: np.ndarray
    """int64 [S], rising: where lines begin, if windows end there; otherwise [0]"""
    train: int
    """ids before this one are for training, the rest is held out"""
    read: int
    """words in the files, the rare ones among them"""


def word_corpus(
    paths: Sequence[str | Path],
    *,
    split: str = "letters",
    minimum: int = 5,
    size: int | None = None,
    lines: bool = False,
    held_out: float = 0.0,
    words: Sequence[str] = (),
    limit: int = LIMIT,
) -> WordCorpus:
    """Reads plain or gzip files one after another, in pieces, with only the vocabulary in memory.

    Args:
      split: letters (lower-cased), words or pretokenised (by white space).
      minimum: how often a word must occur in the training part.
      size: of the vocabulary, at most; the commonest words are kept.
      lines: whether windows end at line ends, as in word2vec and GloVe, or know none.
      held_out: share of the text, its end, that is not for training.
      words: known before, and kept however rare they are.
      limit: of words that are counted at once. When there are more, the rarest so far are
        forgotten, as by word2vec, and one that comes again begins anew.

    Raises:
      ValueError: names the file: missing, a folder, empty, broken gzip, not UTF-8; an unknown
        split; numbers out of range; fewer than two words left.
    """
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r}, want one of {', '.join(SPLITS)}")
    if minimum < 1:
        raise ValueError(f"minimum: got {minimum}, want 1 or more")
    if size is not None and size < max(2, len(words)):
        raise ValueError(f"size: got {size}, want {max(2, len(words))} or more, or None")
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out: got {held_out}, want a share in [0, 1)")
    return from_pieces(
        pieces(paths, SPLITS[split]), minimum=minimum, size=size, lines=lines,
        held_out=held_out, words=words, limit=limit,
    )  # fmt: skip


def from_pieces(
    pieces: Iterator[list[str]],
    *,
    minimum: int = 5,
    size: int | None = None,
    lines: bool = False,
    held_out: float = 0.0,
    words: Sequence[str] = (),
    limit: int = LIMIT,
) -> WordCorpus:
    """The corpus of tokens, with a newline token at each line end; else as ``word_corpus``."""
    if limit < 1:
        raise ValueError(f"limit: got {limit}, want 1 or more")
    numbers = _Numbers((NEWLINE, *words), limit)
    raw = _spilled(map(numbers.of, pieces))
    names = numbers.names()
    train = int(len(raw) * (1 - held_out))
    counts = _counts(raw, train, len(names))
    kept = _kept(names, counts, minimum, size, len(words))
    if len(kept) < 2:
        raise ValueError(
            f"minimum: got {minimum}, but {len(kept)} words of the text occur {minimum} times or"
            " more; want two or more such words"
        )
    places = np.full(len(names), -1, np.int32)
    places[kept] = np.arange(len(kept), dtype=np.int32)
    ids, starts, cut = _encoded(raw, places, train, lines)
    newlines = sum(int(np.count_nonzero(block == 0)) for block in _blocks(raw))
    read = len(raw) - newlines
    return WordCorpus(tuple(names[kept].tolist()), counts[kept], ids, starts, cut, read)


class _Numbers:
    """Words by numbers, in the order in which they first occur; forgets the rarest of too many."""

    def __init__(self, known: Sequence[str], limit: int) -> None:
        self._next = itertools.count()
        self._numbers: dict[str, int] = defaultdict(self._next.__next__)
        for word in known:
            self._numbers[word]
        self._known, self._limit, self._floor = len(self._numbers), limit, 0
        self._seen = np.zeros(0, np.int64)

    def of(self, tokens: list[str]) -> np.ndarray:
        """int32, a number each; it stays the word's own as long as the word is not forgotten."""
        found = np.fromiter(map(self._numbers.__getitem__, tokens), np.int32, len(tokens))
        counts = np.bincount(found, minlength=len(self._seen))
        counts[: len(self._seen)] += self._seen
        self._seen = counts
        while len(self._numbers) - self._known > self._limit:
            self._floor += 1
            rare = [
                w for w, n in self._numbers.items() if self._known <= n and counts[n] <= self._floor
            ]
            for word in rare:
                del self._numbers[word]
        return found

    def names(self) -> np.ndarray:
        """The word of each number, "" of those that were forgotten."""
        names = np.full(next(self._next), "", object)
        names[[*self._numbers.values()]] = [*self._numbers]
        return names


def _kept(
    names: np.ndarray, counts: np.ndarray, minimum: int, size: int | None, known: int
) -> np.ndarray:
    """First ids of the vocabulary, by falling count, equal ones by name; 1 to known are in it."""
    by_count = functools.partial(sorted, key=lambda k: (-counts[k], names[k]))
    often = np.flatnonzero((counts >= minimum) & (names != ""))
    rest = by_count(often[often > known].tolist())
    return np.array(by_count([*range(1, known + 1), *rest][:size]), np.int64)


def _encoded(
    raw: np.ndarray, places: np.ndarray, train: int, lines: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """(ids of the words kept, where lines begin, how many of them are for training)."""
    starts = [np.zeros(1, np.int64)]
    done = cut = at = 0

    def kept() -> Iterator[np.ndarray]:
        nonlocal done, cut, at
        for block in _blocks(raw):
            ids = places[block]
            known = ids >= 0
            if lines:
                starts.append(done + np.cumsum(known)[block == 0])
            cut += int(np.count_nonzero(known[: max(0, train - at)]))
            at += len(block)
            done += int(np.count_nonzero(known))
            yield ids[known]

    ids = _spilled(kept())
    begins = np.unique(np.concatenate([*starts, [cut]]))  # no window reaches the held-out part
    return ids, begins[begins < max(1, len(ids))], cut


def _counts(raw: np.ndarray, train: int, types: int) -> np.ndarray:
    counts = np.zeros(types, np.int64)
    for block in _blocks(raw[:train]):
        counts += np.bincount(block, minlength=types)
    return counts


def _blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    return (array[at : at + BLOCK] for at in range(0, len(array), BLOCK))


def _spilled(arrays: Iterator[np.ndarray]) -> np.ndarray:
    """The arrays one after another as int32 [N] in a file without a name."""
    size = 0
    with tempfile.TemporaryFile() as file:  # what is mapped stays when it is closed
        for array in arrays:
            file.write(array.astype(np.int32, copy=False).data)
            size += len(array)
        file.flush()
        return np.memmap(file, np.int32, "r", shape=(size,)) if size else np.zeros(0, np.int32)


def pieces(paths: Sequence[str | Path], split: Callable[[str], list[str]]) -> Iterator[list[str]]:
    """Tokens of files, some million characters at a time, a newline between files."""
    if not paths:
        raise ValueError("paths: got none, want one file or more")
    for path in map(Path, paths):
        seen = False
        for text in _texts(path):
            seen = True
            yield split(text)
        if not seen:
            raise ValueError(f"{path}: got an empty file, want text")
        yield [NEWLINE]


def _texts(path: Path) -> Iterator[str]:
    """A file's text, cut at white space only."""
    if not path.is_file():
        raise ValueError(f"{path}: got {'a folder' if path.is_dir() else 'no file'}, want text")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    kind: Any = gzip.open if packed else open
    left = ""
    try:
        with kind(path, "rt", encoding="utf-8-sig") as file:
            while text := file.read(BLOCK):
                text = left + text
                end = 1 + max(text.rfind(" "), text.rfind("\n"))
                left = text[end:]
                if end:
                    yield text[:end]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: got byte 0x{error.object[error.start]:02x}, which is not UTF-8; convert the"
            " file first"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: got broken gzip ({error})") from error
    if left:
        yield left
