"""Lists of words that measures of bias are made with, from JSON files as others publish them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqjax.data.json_text import parse
from seqjax.data.text import read
from seqjax.vectors.bias.weat import SETS, AssociationTest
from seqjax.vectors.bias.word_lists import Pairs


def read_sets(path: str | Path) -> Pairs:
    """A JSON list of lists of words, as the definitional pairs of debiaswe.

    Raises:
      ValueError: names the file and the entry: not JSON, not a list of two words or more.
    """
    sets = []
    for number, words in enumerate(_entries(path), 1):
        if not isinstance(words, list) or len(words) < 2 or not all(map(_is_word, words)):
            raise ValueError(f"{path}, entry {number}: got {words!r}, want a list of words")
        sets.append(tuple(words))
    return tuple(sets)


def read_words(path: str | Path) -> tuple[str, ...]:
    """A JSON list of words, or of lists that begin with one, as the professions of debiaswe.

    Raises:
      ValueError: names the file and the entry.
    """
    words = []
    for number, entry in enumerate(_entries(path), 1):
        word = entry[0] if isinstance(entry, list) and entry else entry
        if not _is_word(word):
            raise ValueError(f"{path}, entry {number}: got {entry!r}, want a word")
        words.append(word)
    return tuple(dict.fromkeys(words))


def read_tests(path: str | Path) -> tuple[AssociationTest, ...]:
    """A JSON list of association tests, each with four sets {"name": ..., "words": [...]}.

    The sets are first_target, second_target, first_attribute and second_attribute.

    Raises:
      ValueError: names the file, the entry and the set.
    """
    tests = []
    for number, entry in enumerate(_entries(path), 1):
        sets = []
        for name in SETS:
            part = entry.get(name) if isinstance(entry, dict) else None
            words = part.get("words") if isinstance(part, dict) else None
            if not isinstance(words, list) or not words or not all(map(_is_word, words)):
                raise ValueError(f"{path}, entry {number}: got no words for {name}, want a list")
            sets.append((str(part.get("name", name)), tuple(dict.fromkeys(words))))  # type: ignore[union-attr]
        title = f"{sets[0][0]} and {sets[1][0]}, {sets[2][0]} and {sets[3][0]}"
        tests.append(AssociationTest(title, *(words for _, words in sets)))
    return tuple(tests)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _entries(path: str | Path) -> list[Any]:
    entries = parse(read(path), str(path))
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: got {type(entries).__name__}, want a list that is not empty")
    return entries
