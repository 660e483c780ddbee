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
    help_texts = sections()
    by_subject = {
        subject: [" ".join(text.split()) for text in paragraphs(_texts(help_texts, names))]
        for subject, names in SUBJECTS.items()
    }
    counts = Counter(text for texts in by_subject.values() for text in texts)
    return [
        Passage(text, (subject,), f"help on {subject}, paragraph {number}")
        for subject, texts in by_subject.items()
        for number, text in enumerate(texts, 1)
        if counts[text] == 1 and len(text.split()) >= SHORTEST
    ]


def topic_parts() -> dict[str, list[Passage]]:
    """``topics`` cut at random into train, valid and test, always in the same way.

    Raises:
      ValueError: this Python came without its help texts.
    """
    passages = topics()
    cut = partition(range(len(passages)), {"test": 0.15, "valid": 0.1}, rest="train", seed=0)
    return {part: [passages[index] for index in cut[part]] for part in ("train", "valid", "test")}


def _texts(help_texts: dict[str, str], names: str) -> list[str]:
    return [help_texts[name] for name in names.split() if name in help_texts]
