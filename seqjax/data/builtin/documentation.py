"""A text that every Python installation carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A heading's underline, or a row or a rule of a table.
RULE = re.compile(r"\s*(([^\w\s])\2{3,}|[|+].*[|+])\s*")


def documentation() -> str:
    """The language reference as Python's ``help`` has it: about 340,000 characters of English.

    All topics in the order of their names, blank lines between paragraphs. Each paragraph occurs
    once, since some topics repeat others and held-out text must not be known from training.
    Underlines and tables, which say little in many characters, are left out. The text is the same
    for one version of Python and differs a little between versions.

    Raises:
      ValueError: this Python came without its help texts.
    """
    texts = sections()
    return "\n\n".join(paragraphs([texts[name] for name in sorted(texts)])) + "\n"


def sections() -> dict[str, str]:
    """The help texts of this Python by topic.

    Raises:
      ValueError: this Python came without its help texts.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        raise ValueError(
            "documentation: this Python came without pydoc_data, its help texts; want a full"
            " installation, or a text file of your own"
        ) from error
    return topics


def paragraphs(texts: list[str]) -> Iterator[str]:
    """Those of all texts, each once, without underlines and tables.

    >>> list(paragraphs(["One.", "Two.", "  One."]))
    ['One.', 'Two.']
    """
    seen = set()
    for paragraph in re.split(r"\n\s*\n", "\n\n".join(texts)):
        lines = [line.rstrip() for line in paragraph.split("\n") if not RULE.fullmatch(line)]
        # Compared without indentation: a topic may repeat another inside a list.
        words = " ".join(" ".join(lines).split())
        if words and words not in seen:
            seen.add(words)
            yield "\n".join(filter(None, lines))
