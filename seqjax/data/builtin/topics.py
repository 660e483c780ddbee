"""Passages of the documentation that every Python carries, each with its subject."""

from __future__ import annotations

from collections import Counter

from seqjax.data.builtin.documentation import paragraphs, sections
from seqjax.data.formats.passages import Passage
from seqjax.data.partition import partition

SUBJECTS = {
    "containers": "typesmapping typesseq dict lists sequence-types slicings subscriptions",
    "data model": "attribute-access callable-types customization numeric-types objects"
    " specialattrs specialnames types",
    "debugger": "debugger",
    "expressions": "atom-identifiers atom-literals attribute-references await binary bitwise"
    " booleans calls comparisons conversions exprlists in lambda operator-summary power shifting"
    " truth unary yield",
    "statements": "assert assignment augassign break class compound continue del else execmodel for"
    " function global if import naming nonlocal pass raise return try while with",
    "text": "formatstrings string-methods strings",
}
"""Subject -> topics of Python's help. Topics that fit into several are left out."""
SHORTEST = 8
"""Words of a passage; what is shorter does not tell its subject."""


def topics() -> list[Passage]:
    """About 1,300 paragraphs of English under six subjects, in the same order at every call.

    Each occurs once; one that stands under two subjects is left out. Python's versions differ a
    little.

    Raises:
      ValueError: this Python came without its help texts.
    """
    found = sections()
    by_subject = {
        subject: [" ".join(text.split()) for text in paragraphs(_texts(found, names))]
        for subject, names in SUBJECTS.items()
    }
    times = Counter(text for texts in by_subject.values() for text in texts)
    return [
        Passage(text, (subject,), f"help on {subject}, paragraph {number}")
        for subject, texts in by_subject.items()
        for number, text in enumerate(texts, 1)
        if times[text] == 1 and len(text.split()) >= SHORTEST
    ]


def topic_parts() -> dict[str, list[Passage]]:
    """``topics`` in three parts, always the same ones."""
    found = topics()
    cut = partition(range(len(found)), {"test": 0.15, "valid": 0.1}, rest="train", seed=0)
    return {part: [found[place] for place in cut[part]] for part in ("train", "valid", "test")}


def _texts(found: dict[str, str], names: str) -> list[str]:
    return [found[name] for name in names.split() if name in found]
