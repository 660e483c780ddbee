"""Sentences of one made-up language in another: each word has its counterpart, the order stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seqjax.data.builtin.made_up import drawing, part_of, pick

SOURCE = tuple(first + vowel for first in "bdgklmnp" for vowel in "aeiou")
"""40 words: ba, be, ..., pu."""
TARGET = tuple(vowel + last for last in "tsrvzfhc" for vowel in "uoiea")
"""Their counterparts, in order: ut, ot, ..., ac."""
DICTIONARY = dict(zip(SOURCE, TARGET, strict=True))


class Translated(NamedTuple):
    """A sentence and its translation, of the same length."""

    source: tuple[str, ...]
    target: tuple[str, ...]


def made_up_translations(
    count: int, lengths: Sequence[int], *, seed: int, part: str = "train"
) -> list[Translated]:
    """``count`` sentences, each of one of ``lengths`` different words.

    ``ge mi bu`` is ``or if at``. Any word may follow any other, and each comes once: a sentence has
    to be remembered word by word.

    Raises:
      ValueError: for an unknown part, a count below 1, no lengths, or one outside [1, 40].

    >>> made_up_translations(1, [3], seed=0)[0]
    Translated(source=('ge', 'mi', 'bu'), target=('or', 'if', 'at'))
    """
    draw = drawing(part, count, seed=seed)
    if not len(lengths) or not all(1 <= length <= len(SOURCE) for length in lengths):
        raise ValueError(f"lengths: got {list(lengths)}, want one or more in [1, {len(SOURCE)}]")
    found: list[Translated] = []
    while len(found) < count:
        length = pick(draw, lengths)
        source = tuple(SOURCE[k] for k in draw.permutation(len(SOURCE))[:length])
        if part_of(source) == part:
            found.append(Translated(source, tuple(DICTIONARY[word] for word in source)))
    return found
