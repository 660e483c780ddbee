"""Examples in docstrings as code: a paragraph that begins with >>> is put into a fence.

An extension of griffe, which reads the docstrings for mkdocstrings.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^([ ]*)>>> .*(?:\n[ ]*\S.*)*", re.MULTILINE)


def fenced(text: str) -> str:
    """``text`` with a fence around each example, as deep as the example."""
    return EXAMPLE.sub(lambda m: f"{m[1]}```pycon\n{m[0]}\n{m[1]}```", text)


class Doctests(griffe.Extension):
    """Changes the docstring of each function, class, module and attribute once."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Of an object that was read, with all in it."""
        if obj.docstring and "```" not in obj.docstring.value:
            obj.docstring.value = fenced(obj.docstring.value)
