"""Some hundred thousand words of English that every Python installation carries."""

from __future__ import annotations

import ast
import functools
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from seqjax.data.builtin.documentation import documentation

APART = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3"}
"""Folders of the library that are no part of it, or not of every installation."""
COMMENT = re.compile(r"^[ \t]*#(.*)", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@functools.cache
def docstrings() -> tuple[str, ...]:
    """What the standard library says of itself: docstrings and whole lines of comment.

    Each docstring once, in the order of the files' names; it differs a little between versions of
    Python. Kept, three million characters, since thousands of files are parsed for it.
    """
    return tuple(dict.fromkeys(_texts()))


def _texts() -> Iterator[str]:
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = [p for p in sorted(root.rglob("*.py")) if not APART & set(p.relative_to(root).parts)]
    return (text for path in paths for text in _texts_of(path))


def _texts_of(path: Path) -> Iterator[str]:
    try:
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError):  # some files are there to be broken
        return
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield text
    yield "\n".join(COMMENT.findall(source))


def python_words() -> Iterator[str]:
    """The language reference, then all that ``docstrings`` gives: about half a million words.

    Raises:
      ValueError: this Python came without its help texts.
    """
    yield documentation()
    yield from docstrings()
