"""How tags of single words mark spans of words, such as names: IOB1, IOB2 and IOBES.

A tag is O, for a word outside, or a prefix, a dash and a type: B-person. Three words of one name
and a name of one word right behind it, of the same type:

    IOB1   I-x I-x I-x B-x    I inside; B only where a name follows one of its own type
    IOB2   B-x I-x I-x B-x    B at each beginning
    IOBES  B-x I-x E-x S-x    E at each end, S for a name of a single word

A prefix alone, B, has the type "".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqjax.basics import checks
from seqjax.basics.unicode_form import composed

OUTSIDE = "O"
WELL_FORMED = {"IOB1": r"I+|BI*", "IOB2": r"BI*", "IOBES": r"S|BI*E"}
"""The prefixes of one span."""
PREFIXES = {"IOB1": frozenset("OBI"), "IOB2": frozenset("OBI"), "IOBES": frozenset("OBIES")}
SCHEMES = tuple(WELL_FORMED)


class Span(NamedTuple):
    """Words ``begin`` to ``end``, the latter not among them."""

    kind: str
    begin: int
    end: int


Mask = NDArray[np.bool_]


class Legal(NamedTuple):
    """Which tags may follow each other, bool: what ``constrained`` takes."""

    transitions: Mask
    """[C, C] from row to column"""
    starts: Mask
    """[C]"""
    ends: Mask
    """[C]"""


def split(tag: str) -> tuple[str, str]:
    """Prefix and type, in the composed form of Unicode (NFC): one spelling for what looks the same.

    >>> split("B-creative-work")
    ('B', 'creative-work')
    """
    prefix, _, kind = composed(tag).partition("-")
    return prefix, kind


def spans(tags: Sequence[str], scheme: str, *, strict: bool = False) -> list[Span]:
    """The spans that tags mark, as the conlleval script of CoNLL-2000 reads them.

    A span begins at B or S, behind O, E or S, and where the type changes; all schemes and their
    mistakes are read alike. ``strict`` drops those that are not as the scheme wants them.

    Raises:
      ValueError: for an unknown scheme or a tag that it does not have.

    >>> spans(["B-per", "I-per", "O", "B-loc"], "IOB2")
    [Span(kind='per', begin=0, end=2), Span(kind='loc', begin=3, end=4)]
    """
    well_formed = re.compile(checks.lookup("scheme", WELL_FORMED, scheme))
    parsed = [_parse(tag, scheme) for tag in tags]
    prefixes, kinds = [prefix for prefix, _ in parsed], [kind for _, kind in parsed]
    marked, begin = [], 0
    for t in range(1, len(tags) + 1):
        if t == len(tags) or _begins(prefixes, kinds, t):
            if prefixes[begin] != OUTSIDE:
                marked.append(Span(kinds[begin], begin, t))
            begin = t
    if strict:
        marked = [s for s in marked if well_formed.fullmatch("".join(prefixes[s.begin : s.end]))]
    if strict and scheme == "IOB1":
        marked = [s for s in marked if prefixes[s.begin] == "I" or _touches(prefixes, kinds, s)]
    return marked


def _begins(prefixes: Sequence[str], kinds: Sequence[str], t: int) -> bool:
    """Whether word t is not of one piece with the one before it."""
    same = kinds[t] == kinds[t - 1] and prefixes[t - 1] in "BI" and prefixes[t] in "IE"
    return not same and not (prefixes[t] == prefixes[t - 1] == OUTSIDE)


def _touches(prefixes: Sequence[str], kinds: Sequence[str], span: Span) -> bool:
    """Whether words of the same type stand right before the span."""
    t = span.begin
    return t > 0 and prefixes[t - 1] != OUTSIDE and kinds[t - 1] == span.kind


@functools.lru_cache(maxsize=4096)  # a corpus of a million words has a dozen tags
def _parse(tag: str, scheme: str) -> tuple[str, str]:
    """Prefix and type of a tag of the scheme."""
    prefix, kind = split(tag)
    if prefix not in checks.lookup("scheme", PREFIXES, scheme):
        raise ValueError(f"tag: got {tag!r}, which {scheme} does not have")
    return prefix, kind


@functools.lru_cache(maxsize=4096)
def follows(before: str, tag: str, scheme: str) -> bool:
    """Whether ``tag`` may stand right behind ``before``; both ends of a sentence count as O.

    Raises:
      ValueError: for an unknown scheme or a tag that it does not have.

    >>> follows("O", "I-per", "IOB2"), follows("B-per", "I-per", "IOB2")
    (False, True)
    """
    (left, left_kind), (right, right_kind) = _parse(before, scheme), _parse(tag, scheme)
    same = left != OUTSIDE and left_kind == right_kind
    if scheme == "IOB1":
        return right != "B" or same
    if scheme == "IOB2":
        return right != "I" or same
    within = left in ("B", "I")
    return (right in ("I", "E")) == within and (same or not within)


def mistake(tags: Sequence[str], scheme: str) -> int | None:
    """The position of the first tag that may not follow the one before it, None if all may.

    The position behind the last tag stands for the end of the sentence.

    Raises:
      ValueError: for an unknown scheme or a tag that it does not have.

    >>> mistake(["O", "I-per"], "IOB2"), mistake(["B-per"], "IOB2"), mistake(["B-per"], "IOBES")
    (1, None, 1)
    """
    pairs = zip([OUTSIDE, *tags], [*tags, OUTSIDE], strict=True)
    return next((t for t, (a, b) in enumerate(pairs) if not follows(a, b, scheme)), None)


def legal(tags: Sequence[str], scheme: str) -> Legal:
    """The masks of a tag set, bool [C, C], [C] and [C], in its order.

    Raises:
      ValueError: for an unknown scheme or a tag that it does not have.

    >>> legal(["O", "B-x", "I-x"], "IOB2").transitions
    array([[ True,  True, False],
           [ True,  True,  True],
           [ True,  True,  True]])
    """
    checks.lookup("scheme", WELL_FORMED, scheme)
    ends = [OUTSIDE]

    def table(rows: Sequence[str], columns: Sequence[str]) -> Mask:
        return np.array([[follows(a, b, scheme) for b in columns] for a in rows])

    return Legal(table(tags, tags), table(ends, tags)[0], table(tags, ends)[:, 0])
