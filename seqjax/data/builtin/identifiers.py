"""Names from Python's standard library, each with what kind of thing it names."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from seqjax.data.formats.passages import Passage
from seqjax.data.partition import partition

KINDS = {
    "function": re.compile(r"^(?:async )?def (\w+)", re.M),
    "class": re.compile(r"^class (\w+)", re.M),
    "constant": re.compile(r"^([A-Z][A-Z0-9_]+)\s*=[^=]", re.M),
}
"""Label -> where such a name is made, at the outermost level of a module."""
EXCEPTION = re.compile(r"\w+(Error|Exception|Warning)")
SHORTEST = 3


def identifiers() -> list[Passage]:
    """About 5,000 names under class, constant, exception, function and module, sorted.

    Those of the modules that are written in Python, without what begins with an underscore. Each
    name occurs once; one that names things of two kinds is left out. Python's versions differ a
    little.

    Raises:
      ValueError: this Python came without the source of its library.
    """
    definitions = sorted(set(_definitions()))
    kinds = Counter(name for name, _ in definitions)
    rows = [(name, kind) for name, kind in definitions if kinds[name] == 1]
    if not any(kind == "function" for _, kind in rows):
        raise ValueError(
            "identifiers: this Python came without the source of its library; want a full"
            " installation, or a file of your own"
        )
    return [Passage(name, (kind,), f"{kind} {name} of Python") for name, kind in rows]


def identifier_parts() -> dict[str, list[Passage]]:
    """``identifiers`` cut at random into train, valid and test, always in the same way.

    Raises:
      ValueError: this Python came without the source of its library.
    """
    rows = identifiers()
    cut = partition(range(len(rows)), {"valid": 0.1, "test": 0.1}, rest="train", seed=0)
    return {part: [rows[n] for n in cut[part]] for part in ("train", "valid", "test")}


def _definitions() -> Iterator[tuple[str, str]]:
    """(name, kind), names as often as they are found."""
    folder = Path(sysconfig.get_path("stdlib"))
    for module in sorted(sys.stdlib_module_names):
        yield from _labelled([module], "module")
        package = folder / module
        files = sorted(package.glob("*.py")) if package.is_dir() else [folder / f"{module}.py"]
        for path in filter(Path.is_file, files):
            text = path.read_text(encoding="utf-8", errors="ignore")
            for kind, pattern in KINDS.items():
                yield from _labelled(pattern.findall(text), kind)


def _labelled(names: list[str], kind: str) -> Iterator[tuple[str, str]]:
    for name in names:
        if not name.startswith("_") and len(name) >= SHORTEST and name.isascii():
            is_exception = kind == "class" and EXCEPTION.fullmatch(name)
            yield name, "exception" if is_exception else kind
